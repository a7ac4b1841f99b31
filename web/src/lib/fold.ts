/** Search in texts as people type. */

/** As people type in a hurry: `Kho Đông` and `kho dong` are one. The server's search does the same. */
export function fold(text: string): string {
  return text.toLowerCase().normalize('NFKD').replace(/\p{M}/gu, '').replace(/đ/g, 'd')
}

/** Whether every word that was typed stands in one of the texts. */
export function matches(typed: string, texts: readonly string[]): boolean {
  const text = fold(texts.join(' '))
  return fold(typed)
    .split(/\s+/)
    .every((word) => text.includes(word))
}
