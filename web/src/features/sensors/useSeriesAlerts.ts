import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'

import { api, body } from '@/lib/api/client'
import type { Alert } from '@/lib/api/types'
import { useAlerts } from '@/lib/live'
import { useSite } from '@/lib/site'

/** Enough for a year's chart; older ones are on the alerts page. */
const LIMIT = 100

/** The alerts of one series, newest first: those the server lists, brought up to date by the socket. */
export function useSeriesAlerts(seriesId: number): { all: readonly Alert[]; active: readonly Alert[] } {
  const { slug } = useSite()
  const listed = useQuery({
    queryKey: ['series', seriesId, 'alerts'],
    queryFn: () =>
      body(api.GET('/api/v1/alerts', { params: { query: { site: slug, series: seriesId, limit: LIMIT } } })),
  }).data?.results
  const { alerts: live } = useAlerts()
  return useMemo(() => {
    const byId = new Map<number, Alert>()
    for (const alert of listed ?? []) byId.set(alert.id, alert)
    for (const alert of live) {
      const known = byId.get(alert.id)
      if (alert.series === seriesId && (!known || alert.last_seq >= known.last_seq)) byId.set(alert.id, alert)
    }
    const all = [...byId.values()].sort((a, b) => b.opened_ms - a.opened_ms)
    return { all, active: all.filter((alert) => alert.state !== 'resolved') }
  }, [listed, live, seriesId])
}
