/** Which part of time a chart shows after a drag, a wheel, a pinch or a key. Pure; times in ms. */

import type { Range } from './history'

export const SHORTEST_MS = 60_000
export const LONGEST_MS = 5 * 366 * 86_400_000

/** Whole ms, neither too short nor too long, and not in the future. */
export function fitRange({ from, to }: Range, nowMs: number): Range {
  const span = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, to - from))
  const middle = (from + to) / 2
  const end = Math.min(nowMs, middle + span / 2)
  return { from: Math.max(0, Math.round(end - span)), to: Math.round(end) }
}

/** factor: below 1 shows less; at: what stays where it is. */
export function zoomRange(range: Range, at: number, factor: number, nowMs: number): Range {
  const span = range.to - range.from
  const next = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, span * factor))
  const from = at - ((at - range.from) / span) * next
  return fitRange({ from, to: from + next }, nowMs)
}

/** share: of the range shown; below 0 goes back in time. */
export function panRange(range: Range, share: number, nowMs: number): Range {
  const by = (range.to - range.from) * share
  return fitRange({ from: range.from + by, to: range.to + by }, nowMs)
}
