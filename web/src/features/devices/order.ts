/** Devices by how much they need a look: late and stale on top, then by place and name. */

import type { Device } from '@/lib/api/types'
import { freshnessOf, type FreshnessState } from '@/lib/live/freshness'

/** For a device without any series yet. */
const DEFAULT_BUDGET_MS = 60_000

const RANK: Record<FreshnessState, number> = { stale: 0, none: 1, late: 2, skewed: 2, fresh: 3 }

/** Numbers as numbers: `Kho 2` before `Kho 10`. */
const COLLATOR = new Intl.Collator('vi', { numeric: true })

/** A device is as fast as its fastest series. */
export function budgetOf({ freshness_seconds: seconds }: Device): number {
  return seconds === null ? DEFAULT_BUDGET_MS : seconds * 1000
}

export function byNeed(devices: readonly Device[], nowMs: number): Device[] {
  const rank = (device: Device) => {
    const budgetMs = budgetOf(device)
    return RANK[freshnessOf({ tsMs: device.last_seen_ms, budgetMs, nowMs }).state]
  }
  // Once a device, not once a comparison: of 3,000 that is seconds.
  const keyed = devices.map((device) => ({
    device,
    rank: rank(device),
    words: `${device.zone?.name ?? '~'} ${device.name || device.id}`,
  }))
  keyed.sort((a, b) => a.rank - b.rank || COLLATOR.compare(a.words, b.words))
  return keyed.map(({ device }) => device)
}
