/**
 * How old a value is and what that means. Pure: everything, the clock too, comes in as an argument.
 *
 * Only its age counts, not whether its device is connected: a job that sends and disconnects is as fresh as its value.
 */

export type FreshnessState = 'fresh' | 'late' | 'stale' | 'skewed' | 'none'

export interface Freshness {
  state: FreshnessState
  /** Server's now minus the value's time; 0 while the device's clock runs ahead. */
  ageMs: number
  /** How far the device's clock runs ahead; 0 unless skewed. */
  aheadMs: number
}

interface FreshnessInput {
  /** Time of the value by the device; null or undefined: no reading yet. */
  tsMs: number | null | undefined
  /** The series' freshness budget. */
  budgetMs: number
  /** The server's clock, by our reckoning. */
  nowMs: number
  /** We have no line to the server, so we cannot know what is newer. */
  offline?: boolean
}

/** A device's clock may be this far ahead before it is called wrong. */
const AHEAD_TOLERANCE_MS = 2000

/** Late up to this many budgets, stale after. */
const STALE_AFTER_BUDGETS = 3

export function freshnessOf({ tsMs, budgetMs, nowMs, offline }: FreshnessInput): Freshness {
  if (tsMs === null || tsMs === undefined) return { state: 'none', ageMs: 0, aheadMs: 0 }
  const ageMs = Math.max(0, nowMs - tsMs)
  if (offline) return { state: 'stale', ageMs, aheadMs: 0 }
  const aheadMs = tsMs - nowMs
  if (aheadMs > AHEAD_TOLERANCE_MS) return { state: 'skewed', ageMs: 0, aheadMs }
  if (ageMs <= budgetMs) return { state: 'fresh', ageMs, aheadMs: 0 }
  return { state: ageMs <= STALE_AFTER_BUDGETS * budgetMs ? 'late' : 'stale', ageMs, aheadMs: 0 }
}
