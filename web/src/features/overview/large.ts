/** What the overview reads of a site too large to load whole. */

import { t } from '@lingui/core/macro'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { api } from '@/lib/api/client'
import type { Series, ZoneOverview } from '@/lib/api/types'
import { useLanguage } from '@/lib/i18n'
import { useAlerts } from '@/lib/live'
import { keys, useOverview, useRules, useSparklines } from '@/lib/queries'
import { useSite } from '@/lib/site'
import { seriesName } from '@/lib/words'
import { cardView, worst, type CardView, type Trouble } from './zones'

/** Cards of one page; more would be more than a screen and slow to draw at once. */
const PAGE = 60
/** Cards in alarm that are read at once: the server takes so many ids, and no person looks at more. */
const MOST_ALARMS = 300

export interface LargeZone extends ZoneOverview {
  trouble: Trouble | null
}

/** The zones with their counts, in the owner's order. */
export function useLargeZones() {
  const { slug } = useSite()
  const language = useLanguage()
  const overview = useOverview(slug)
  const zones = useMemo(
    () =>
      overview.data?.zones.map((zone): LargeZone => {
        const { critical, warning, info, stale } = zone
        const troubles = [
          critical > 0 ? 'critical' : null,
          warning > 0 ? 'warning' : null,
          stale > 0 ? 'stale' : null,
          info > 0 ? 'info' : null,
        ] as const
        return { ...zone, name: zone.id === null ? t`Not placed` : zone.name, trouble: worst(troubles) }
      }),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- its words are read in the language of the page
    [overview.data, language],
  )
  return {
    zones,
    pending: overview.isPending,
    error: overview.error,
    retry: () => void overview.refetch(),
  }
}

/** The cards that have an active alert, by zone, the worst first. */
export function useAlarmCards(): ReadonlyMap<number | null, CardView[]> {
  const { slug } = useSite()
  const { bySeries } = useAlerts()
  const ids = [...bySeries.keys()].slice(0, MOST_ALARMS)
  const inAlarm = useQuery({
    queryKey: [...keys.series(slug), 'ids', [...ids].sort((a, b) => a - b).join(',')],
    queryFn: () => readSeriesPage(slug, { ids: ids.join(',') }, ''),
    enabled: ids.length > 0,
    placeholderData: keepPreviousData,
  })
  const place = new Map(ids.map((id, at) => [id, at]))
  const rows = (ids.length > 0 ? (inAlarm.data?.series ?? []) : [])
    .filter(({ id }) => place.has(id))
    .sort((a, b) => (place.get(a.id) ?? 0) - (place.get(b.id) ?? 0))
  const cards = useCardViews(rows)
  const zones = new Map<number | null, CardView[]>()
  for (const card of cards) {
    const zone = card.series.zone?.id ?? null
    zones.set(zone, [...(zones.get(zone) ?? []), card])
  }
  return zones
}

/** Cards of some series of a large site. */
export function useCardViews(series: readonly Series[]): readonly CardView[] {
  const { slug } = useSite()
  const rules = useRules(slug).data
  const ids = series.map(({ id }) => id).join(',')
  const sparklines = useSparklines(slug, ids).data
  const language = useLanguage()
  return useMemo(
    () =>
      series.map((one) => cardView(one, seriesName(one), rules ?? [], sparklines?.series[String(one.id)])),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `ids` stands for `series`, which is another array each time
    [ids, rules, sparklines, language],
  )
}

export interface SeriesPage {
  series: readonly Series[]
  /** Of the next page; null after the last. */
  cursor: string | null
}

/** One page of the site's series. */
export async function readSeriesPage(
  slug: string,
  wanted: { zone?: string; q?: string; ids?: string },
  cursor: string,
): Promise<SeriesPage> {
  const limit = wanted.ids === undefined ? PAGE : MOST_ALARMS
  const query = { ...wanted, limit, ...(cursor !== '' && { cursor }) }
  const { data, response } = await api.GET('/api/v1/sites/{slug}/series', {
    params: { path: { slug }, query },
  })
  const next = /<([^>]+)>; rel="next"/.exec(response.headers.get('Link') ?? '')?.[1]
  return {
    series: data ?? [],
    cursor: next === undefined ? null : new URL(next, window.location.href).searchParams.get('cursor'),
  }
}
