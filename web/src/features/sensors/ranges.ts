/** The range of a chart as it stands in the URL: a name (`?range=24h`), or two moments (`?from=…&to=…`, Unix ms). */

import type { Range } from '@/components/chart/history'

export const RANGES = {
  '1h': 3_600_000,
  '6h': 6 * 3_600_000,
  '24h': 24 * 3_600_000,
  '7d': 7 * 86_400_000,
  '30d': 30 * 86_400_000,
  '1y': 365 * 86_400_000,
} as const

export type RangeName = keyof typeof RANGES

export const RANGE_NAMES = Object.keys(RANGES) as RangeName[]

export const DEFAULT_RANGE: RangeName = '24h'

/** A named range ends now and moves on; one of two moments stands. */
export type Chosen = RangeName | Range

/** A link that is no range opens the default one. */
export function chosenFrom(query: URLSearchParams): Chosen {
  const [from, to] = ['from', 'to'].map((name) => moment(query.get(name)))
  if (from != null && to != null && from < to) return { from, to }
  return RANGE_NAMES.find((name) => name === query.get('range')) ?? DEFAULT_RANGE
}

function moment(text: string | null): number | null {
  return text !== null && /^\d{1,16}$/.test(text) ? Number(text) : null
}

/** The URL with another range; everything else in it stays. */
export function withChosen(query: URLSearchParams, chosen: Chosen): URLSearchParams {
  const next = new URLSearchParams(query)
  for (const name of ['range', 'from', 'to']) next.delete(name)
  if (typeof chosen === 'string') next.set('range', chosen)
  else {
    next.set('from', String(chosen.from))
    next.set('to', String(chosen.to))
  }
  return next
}

export function spanOf(chosen: Chosen): number {
  return typeof chosen === 'string' ? RANGES[chosen] : chosen.to - chosen.from
}

/** How often a range that ends now is read again; the poll adds the newest readings in between. */
export function refreshMs(chosen: Chosen): number | false {
  if (typeof chosen !== 'string') return false
  return chosen === '1h' || chosen === '6h' ? 60_000 : 300_000
}
