/** The ranges of the picker, as they stand in the URL. */

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

export function rangeFrom(text: string | null): RangeName {
  return RANGE_NAMES.find((name) => name === text) ?? DEFAULT_RANGE
}

/** How often the history is read again; the poll adds the newest readings in between. */
export function refreshMs(name: RangeName): number {
  return name === '1h' || name === '6h' ? 60_000 : 300_000
}
