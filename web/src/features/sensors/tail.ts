import type { Point } from '@/components/chart/history'

/** Twice the longest refresh of a history: an answer to another range may be that old when the person comes back to it. */
const KEPT_MS = 600_000

/** The tail with the newest reading at its end, without what a history up to `knownUntil` holds and no other needs. */
export function extendTail(tail: readonly Point[], newest: Point, knownUntil: number): readonly Point[] {
  const last = tail.at(-1)
  const extended = last?.[0] === newest[0] ? tail : [...tail, newest]
  const cutMs = Math.min(knownUntil, newest[0] - KEPT_MS)
  const oldest = extended[0]
  return oldest && oldest[0] <= cutMs ? extended.filter(([tsMs]) => tsMs > cutMs) : extended
}
