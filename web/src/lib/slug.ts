/** An id made of a name: `Cổng trại` -> `cong-trai`. Letters, digits and hyphens, at most 48, never empty. */
export function slugOf(name: string, random: () => number = Math.random): string {
  const slug = name
    .replace(/[đĐ]/g, 'd')
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 48)
  return slug || `id-${Math.floor(random() * 36 ** 6).toString(36)}`
}
