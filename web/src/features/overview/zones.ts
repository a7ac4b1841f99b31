/** The site's series, grouped as its owner ordered them, with the worst trouble of each zone. */

import { t } from '@lingui/core/macro'
import { useCallback, useMemo, useSyncExternalStore } from 'react'
import type { Alert, Device, Rule, Series, Severity, Zone } from '@/lib/api/types'
import { everySecond, nowBySecond } from '@/lib/live/clock'
import { freshnessOf } from '@/lib/live/freshness'
import { useAlerts, useLive, useOffline } from '@/lib/live'
import { useDevices, useRules, useSeries, useSiteDetail, useSparklines } from '@/lib/queries'
import { useSite } from '@/lib/site'
import { rulesOfSeries, thresholdsOf, type Threshold } from '@/lib/thresholds'

type Trouble = Severity | 'stale'

export interface CardView {
  series: Series
  /** Worst active alert of the series. */
  alert: Alert | null
  deviceOffline: boolean
  thresholds: readonly Threshold[]
  rules: readonly Rule[]
  spark: readonly (number | null)[]
  min: number | null
  max: number | null
}

export interface ZoneView {
  key: string
  name: string
  note: string
  cards: readonly CardView[]
  trouble: Trouble | null
}

const TROUBLE_RANK: Record<Trouble, number> = { critical: 0, warning: 1, stale: 2, info: 3 }

export function worst(troubles: readonly (Trouble | null)[]): Trouble | null {
  const known = troubles.filter((trouble) => trouble !== null)
  return known.sort((a, b) => TROUBLE_RANK[a] - TROUBLE_RANK[b])[0] ?? null
}

export function useZones() {
  const { slug } = useSite()
  const series = useSeries(slug)
  const site = useSiteDetail(slug)
  const devices = useDevices(slug)
  const rules = useRules(slug)
  const sparklines = useSparklines(slug)
  const { active } = useAlerts()
  const staleIds = useStaleSeries(series.data, devices.data)

  const zones = useMemo(() => {
    if (!series.data) return null
    const offline = new Set(devices.data?.filter((device) => !device.online).map(({ id }) => id))
    const stale = new Set(staleIds.split(',').map(Number))
    const cards = series.data.map((one): CardView => {
      const spark = sparklines.data?.series[String(one.id)]
      const own = rulesOfSeries(one, rules.data ?? [])
      return {
        series: one,
        alert: active.find((alert) => alert.series === one.id) ?? null,
        deviceOffline: offline.has(one.device),
        thresholds: thresholdsOf(own),
        rules: own,
        spark: spark?.avg ?? [],
        min: spark?.min ?? null,
        max: spark?.max ?? null,
      }
    })
    return groupByZone(cards, site.data?.zones ?? [], stale)
  }, [series.data, site.data, devices.data, rules.data, sparklines.data, active, staleIds])

  return {
    zones,
    pending: series.isPending,
    error: series.data ? null : series.error,
    retry: () => void series.refetch(),
  }
}

function groupByZone(
  cards: readonly CardView[],
  order: readonly Zone[],
  stale: ReadonlySet<number>,
): ZoneView[] {
  const groups = new Map<number | null, CardView[]>()
  for (const card of cards) {
    const id = card.series.zone?.id ?? null
    groups.set(id, [...(groups.get(id) ?? []), card])
  }
  const known = new Map(order.map((zone) => [zone.id, zone]))
  const position = (id: number | null) => (id === null ? Infinity : (known.get(id)?.position ?? Infinity))
  return [...groups]
    .sort(([a], [b]) => position(a) - position(b))
    .map(([id, members]) => ({
      key: String(id),
      name: members[0]?.series.zone?.name ?? t`Not placed`,
      note: id === null ? '' : (known.get(id)?.note ?? ''),
      cards: members,
      trouble: worst(
        members.map(({ alert, series }) => alert?.severity ?? (stale.has(series.id) ? 'stale' : null)),
      ),
    }))
    .sort((a, b) => rank(a.trouble) - rank(b.trouble))
}

function rank(trouble: Trouble | null): number {
  return trouble === null ? Infinity : TROUBLE_RANK[trouble]
}

/** Ids of stale series as one string, so that the page re-renders only when the set changes. */
function useStaleSeries(
  series: readonly Series[] | undefined,
  devices: readonly Device[] | undefined,
): string {
  const { latest } = useLive()
  // Offline everything is stale: that must not turn the page's order upside down.
  const offline = useOffline()
  const snapshot = useCallback(() => {
    if (!series || offline) return ''
    const gone = new Set(devices?.filter((device) => !device.online).map(({ id }) => id))
    return series
      .filter(({ id, device, freshness_seconds }) => {
        const tsMs = latest.get(id)?.tsMs
        const budgetMs = freshness_seconds * 1000
        const { state } = freshnessOf({
          tsMs,
          budgetMs,
          nowMs: nowBySecond(),
          deviceOffline: gone.has(device),
        })
        return state === 'stale'
      })
      .map(({ id }) => id)
      .join(',')
  }, [series, devices, latest, offline])
  return useSyncExternalStore(everySecond, snapshot)
}
