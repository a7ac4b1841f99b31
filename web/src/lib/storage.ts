/** Small choices that this browser remembers. */

export function recall(key: string): string | null {
  return localStorage.getItem(`belvedere.${key}`)
}

export function remember(key: string, value: string): void {
  localStorage.setItem(`belvedere.${key}`, value)
}

/** All keys that begin so. */
export function forget(prefix: string): void {
  for (const key of Object.keys(localStorage))
    if (key.startsWith(`belvedere.${prefix}`)) localStorage.removeItem(key)
}
