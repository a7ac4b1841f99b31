/** Devices by how much they need a look: late and stale on top, then by place and name. */

import type { Device, Series } from '@/lib/api/types'
import { freshnessOf, type FreshnessState } from '@/lib/live/freshness'

/** For a device without any series yet. */
export const DEFAULT_BUDGET_MS = 60_000

/** A wrong clock below this is nobody's problem. */
export const SKEW_SHOWN_MS = 300_000

const RANK: Record<FreshnessState, number> = { stale: 0, none: 1, late: 2, skewed: 2, fresh: 3 }

/** A device is as fast as its fastest series. */
export function budgetsOf(series: readonly Series[]): Map<string, number> {
  const budgets = new Map<string, number>()
  for (const { device, freshness_seconds: seconds } of series) {
    budgets.set(device, Math.min(budgets.get(device) ?? Infinity, seconds * 1000))
  }
  return budgets
}

export function byNeed(
  devices: readonly Device[],
  budgets: ReadonlyMap<string, number>,
  nowMs: number,
): Device[] {
  const rank = (device: Device) => {
    const budgetMs = budgets.get(device.id) ?? DEFAULT_BUDGET_MS
    return RANK[freshnessOf({ tsMs: device.last_seen_ms, budgetMs, nowMs }).state]
  }
  const words = (device: Device) => `${device.zone?.name ?? '~'} ${device.name || device.id}`
  return [...devices].sort((a, b) => rank(a) - rank(b) || words(a).localeCompare(words(b), 'vi'))
}
