import { plural, t } from '@lingui/core/macro'

/** The server's own floor; shorter ones are refused. */
export const SHORTEST_PASSWORD = 10

type Strength = 'short' | 'weak' | 'fair' | 'good'

/** Length counts most: a sentence beats symbols. */
export function strengthOf(password: string): Strength {
  if (password.length < SHORTEST_PASSWORD) return 'short'
  const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\d/, /[^\p{L}\d]/u].filter((kind) => kind.test(password)).length
  const distinct = new Set(password).size
  if (distinct < 6) return 'weak'
  if (password.length >= 16 || (password.length >= 12 && kinds >= 3)) return 'good'
  return kinds >= 2 ? 'fair' : 'weak'
}

export function strengthWords(password: string): string {
  const least = SHORTEST_PASSWORD
  if (password === '') return t`At least ${least} characters. A sentence you remember is best.`
  switch (strengthOf(password)) {
    case 'short': {
      const more = SHORTEST_PASSWORD - password.length
      return t`Too short: ${more} more ${plural(more, { one: 'character', other: 'characters' })}.`
    }
    case 'weak':
      return t`Weak: easy to guess.`
    case 'fair':
      return t`Fair. Longer is better.`
    case 'good':
      return t`Good.`
  }
}
