/** What several pages read. A feature's own calls live in that feature. */

import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { api, body } from '../api/client'
import { Problem } from '../api/problem'
import { learnSeries } from '../i18n'
import { isServerGone, restoreKept } from '../kept/restore'
import { forgetKept, keepOnlyOf } from '../kept/store'
import { keys } from './keys'

export { keys }

/** Sparklines cover 24 h in 48 steps of 30 min: asking more often than every 5 min shows nothing new. */
const SPARKLINE_REFRESH_MS = 5 * 60_000
/** A zone of a large site that turns stale is seen within this time. */
const OVERVIEW_REFRESH_MS = 10_000

/** A page that waits longer than this for who is here shows what it has kept, if it has. */
const ME_WITHIN_MS = 8000
/** While no server answers. */
const ME_AGAIN_MS = 5000

async function readMe() {
  try {
    const me = await body(api.GET('/api/v1/me', { signal: AbortSignal.timeout(ME_WITHIN_MS) }))
    keepOnlyOf(me)
    return me
  } catch (error) {
    if (error instanceof Problem && error.status === 401) forgetKept()
    throw error
  }
}

export function useMe() {
  return useQuery({
    queryKey: keys.me,
    queryFn: readMe,
    staleTime: 60_000,
    refetchInterval: ({ state }) => state.status === 'error' && isServerGone(state.error) && ME_AGAIN_MS,
  })
}

/** Who is here; while no server answers, who was here last, with all that was kept of their sites. */
export function useMeOrKept() {
  const me = useMe()
  const queries = useQueryClient()
  const alone = me.data === undefined && isServerGone(me.failureReason)
  useEffect(() => {
    if (alone) restoreKept(queries)
  }, [alone, queries])
  return me
}

export function useSiteDetail(slug: string) {
  return useQuery({
    queryKey: keys.site(slug),
    queryFn: () => body(api.GET('/api/v1/sites/{slug}', { params: { path: { slug } } })),
  })
}

/** More series than this are not loaded together. */
const SMALL_SITE = 500

async function readSeries(slug: string, limit: number) {
  const query = { limit }
  const rows = await body(api.GET('/api/v1/sites/{slug}/series', { params: { path: { slug }, query } }))
  learnSeries(rows)
  return rows
}

/** One series by its id, also of a retired device, which the site's list leaves out. Null asks for none. */
export function useOneSeries(slug: string, id: number | null) {
  return useQuery({
    queryKey: keys.oneSeries(slug, id ?? 0),
    queryFn: async () => {
      const path = { series_id: id ?? 0 }
      const one = await body(api.GET('/api/v1/series/{series_id}', { params: { path } }))
      learnSeries([one])
      return one
    },
    enabled: id !== null,
  })
}

interface WantedSeries {
  /** Words that find them. */
  q?: string
  device?: string
  metric?: string
  /** With commas. */
  ids?: string
  /** Id of a zone. */
  zone?: string
  limit?: number
}

/** The series of the site that are wanted, instead of all 30,000; null asks for none. */
export function useSomeSeries(slug: string, wanted: WantedSeries | null) {
  return useQuery({
    queryKey: [...keys.series(slug), 'some', wanted],
    queryFn: async () => {
      const params = { path: { slug }, query: wanted ?? {} }
      const rows = await body(api.GET('/api/v1/sites/{slug}/series', { params }))
      learnSeries(rows)
      return rows
    },
    placeholderData: keepPreviousData,
    enabled: wanted !== null,
  })
}

function seriesHead(slug: string) {
  return {
    queryKey: keys.seriesHead(slug),
    queryFn: async () => {
      const rows = await readSeries(slug, SMALL_SITE + 1)
      return rows.length > SMALL_SITE ? null : rows
    },
  }
}

/** All series of the site, or null where there are too many to load together. */
export function useSeriesOfSmallSite(slug: string) {
  return useQuery(seriesHead(slug))
}

/** What the series of the site measure, and how many do. */
export function useSiteMetrics(slug: string) {
  return useQuery({
    queryKey: keys.siteMetrics(slug),
    queryFn: () => body(api.GET('/api/v1/sites/{slug}/metrics', { params: { path: { slug } } })),
  })
}

/** Counts by zone; moves with every value, so it is asked for again while a page shows it. */
export function useOverview(slug: string, enabled = true) {
  return useQuery({
    queryKey: keys.overview(slug),
    queryFn: () => body(api.GET('/api/v1/sites/{slug}/overview', { params: { path: { slug } } })),
    refetchInterval: OVERVIEW_REFRESH_MS,
    enabled,
  })
}

/** The server's catalogue of metrics; it changes with a release only. */
export function useMetrics() {
  return useQuery({
    queryKey: keys.metrics,
    queryFn: () => body(api.GET('/api/v1/metrics')),
    staleTime: Infinity,
  })
}

/** ids: of these series alone, separated by commas; '' asks for none. */
export function useSparklines(slug: string, ids?: string) {
  const part = ids === undefined ? {} : { series: ids }
  return useQuery({
    queryKey: [...keys.sparklines(slug), ids],
    queryFn: () =>
      body(
        api.GET('/api/v1/sites/{slug}/sparklines', {
          params: { path: { slug }, query: { hours: 24, points: 48, ...part } },
        }),
      ),
    refetchInterval: SPARKLINE_REFRESH_MS,
    placeholderData: keepPreviousData,
    enabled: ids !== '',
  })
}

/** One device; refreshMs: for a page that shows when it was last seen. Null asks for none. */
export function useOneDevice(site: string, id: string | null, refreshMs?: number) {
  const path = { device_id: id ?? '' }
  return useQuery({
    queryKey: [...keys.devices(site), 'one', id],
    queryFn: () => body(api.GET('/api/v1/devices/{device_id}', { params: { path } })),
    refetchInterval: refreshMs ?? false,
    enabled: id !== null,
  })
}

export function useCameras(site: string) {
  return useQuery({
    queryKey: keys.cameras(site),
    queryFn: () => body(api.GET('/api/v1/cameras', { params: { query: { site } } })),
  })
}

/** Where this server is reached, and what serves its pictures. */
export function useServer() {
  return useQuery({
    queryKey: keys.server,
    queryFn: () => body(api.GET('/api/v1/server')),
    staleTime: Infinity,
  })
}

export function useRules(site: string) {
  return useQuery({
    queryKey: keys.rules(site),
    queryFn: () => body(api.GET('/api/v1/rules', { params: { query: { site } } })),
  })
}
