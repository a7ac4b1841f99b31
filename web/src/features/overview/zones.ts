/** The site's series, grouped as its owner ordered them, with the worst trouble of each zone. */

import { t } from '@lingui/core/macro'
import { useCallback, useDeferredValue, useMemo, useSyncExternalStore } from 'react'
import type { Peaks } from '@/components/Sparkline'
import type { Alert, Rule, Series, Severity, Sparklines, Zone } from '@/lib/api/types'
import { everySecondPaced, nowBySecond } from '@/lib/live/clock'
import { freshnessOf } from '@/lib/live/freshness'
import { useAlerts, useLive, useOffline } from '@/lib/live'
import { useLanguage } from '@/lib/i18n'
import { useRules, useSeriesOfSmallSite, useSiteDetail, useSparklines } from '@/lib/queries'
import { useSite } from '@/lib/site'
import { rulesOfSeries, thresholdsOf, type Threshold } from '@/lib/thresholds'
import { seriesName } from '@/lib/words'

export type Trouble = Severity | 'stale'

/** What a card shows beside its value and its alert, which it follows by itself. */
export interface CardView {
  series: Series
  /** No other card of the zone has it. */
  name: string
  thresholds: readonly Threshold[]
  rules: readonly Rule[]
  spark: readonly (number | null)[]
  /** By index into `spark`: how far the readings went, where that is well beyond their average. */
  peaks: Peaks
  min: number | null
  max: number | null
}

export interface ZoneView {
  key: string
  id: number | null
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
  const language = useLanguage()
  const { slug } = useSite()
  const series = useSeriesOfSmallSite(slug)
  const site = useSiteDetail(slug)
  const rules = useRules(slug)
  const large = series.data === null
  const sparklines = useSparklines(slug, series.data ? undefined : '')
  // The order of the zones may wait: the cards follow their alerts by themselves.
  const bySeries = useDeferredValue(useAlerts().bySeries)
  const staleIds = useStaleSeries(series.data)

  const cards = useMemo(() => {
    if (!series.data) return null
    return series.data.map((one) =>
      cardView(one, seriesName(one), rules.data ?? [], sparklines.data?.series[String(one.id)]),
    )
    // eslint-disable-next-line react-hooks/exhaustive-deps -- its words are read in the language of the page
  }, [series.data, rules.data, sparklines.data, language])

  const places = useMemo(
    () => cards && groupByZone(cards, site.data?.zones ?? []),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- its words are read in the language of the page
    [cards, site.data, language],
  )
  const zones = useMemo(() => {
    const stale = new Set(staleIds.split(',').map(Number))
    return places && byTrouble(places, bySeries, stale)
  }, [places, bySeries, staleIds])

  return {
    /** Too large to load: see LargeSite. */
    large,
    zones,
    pending: series.isPending,
    error: series.data ? null : series.error,
    retry: () => void series.refetch(),
  }
}

export function cardView(
  series: Series,
  name: string,
  rules: readonly Rule[],
  spark: Sparklines['series'][string] | undefined,
): CardView {
  const own = rulesOfSeries(series, rules)
  return {
    series,
    name,
    thresholds: thresholdsOf(own),
    rules: own,
    spark: spark?.avg ?? [],
    peaks: { lows: spark?.lows ?? {}, highs: spark?.highs ?? {} },
    min: spark?.min ?? null,
    max: spark?.max ?? null,
  }
}

/** The zones in the owner's order. Their cards stay the same list when alerts come and go. */
function groupByZone(cards: readonly CardView[], order: readonly Zone[]): Omit<ZoneView, 'trouble'>[] {
  const groups = new Map<number | null, CardView[]>()
  for (const card of cards) {
    const id = card.series.zone?.id ?? null
    const group = groups.get(id)
    if (group) group.push(card)
    else groups.set(id, [card])
  }
  const known = new Map(order.map((zone) => [zone.id, zone]))
  const position = (id: number | null) => (id === null ? Infinity : (known.get(id)?.position ?? Infinity))
  return [...groups]
    .sort(([a], [b]) => position(a) - position(b))
    .map(([id, members]) => ({
      key: String(id),
      id,
      name: members[0]?.series.zone?.name ?? t`Not placed`,
      note: id === null ? '' : (known.get(id)?.note ?? ''),
      cards: members,
    }))
}

/** The worst zones first, the others in the order they have. */
function byTrouble(
  places: readonly Omit<ZoneView, 'trouble'>[],
  alerts: ReadonlyMap<number, Alert>,
  stale: ReadonlySet<number>,
): ZoneView[] {
  const troubleOf = ({ id }: Series) => alerts.get(id)?.severity ?? (stale.has(id) ? 'stale' : null)
  return places
    .map((place) => ({ ...place, trouble: worst(place.cards.map(({ series }) => troubleOf(series))) }))
    .sort((a, b) => rank(a.trouble) - rank(b.trouble))
}

export function rank(trouble: Trouble | null): number {
  return trouble === null ? Infinity : TROUBLE_RANK[trouble]
}

/** Ids of stale series as one string, so that the page re-renders only when the set changes. */
function useStaleSeries(series: readonly Series[] | null | undefined): string {
  const { latest } = useLive()
  // Offline everything is stale: that must not turn the page's order upside down.
  const offline = useOffline()
  const snapshot = useCallback(() => {
    if (!series || offline) return ''
    return series
      .filter(({ id, freshness_seconds }) => {
        const tsMs = latest.get(id)?.tsMs
        const budgetMs = freshness_seconds * 1000
        return freshnessOf({ tsMs, budgetMs, nowMs: nowBySecond() }).state === 'stale'
      })
      .map(({ id }) => id)
      .join(',')
  }, [series, latest, offline])
  return useSyncExternalStore(everySecondPaced, snapshot)
}
