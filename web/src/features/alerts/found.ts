import { useInfiniteQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { api, body } from '@/lib/api/client'
import type { Alert } from '@/lib/api/types'
import { momentOf } from '@/lib/i18n'
import { useAlerts, useLive } from '@/lib/live'
import { byTrouble } from '@/lib/live/alertsStore'
import { useMe, useSiteDetail } from '@/lib/queries'
import { useSite } from '@/lib/site'
import { isNarrowed, isStillWanted, isWanted, type Filters, type Meaning } from './filter'

/** Fewer than this in the first read means that there is no past to ask for. */
const PAGE = 50

/** What the socket keeps current, open first, then what the server finds in the past: asked for by hand, or by a filter. */
export function useFoundAlerts(filters: Filters) {
  const { slug } = useSite()
  const live = useLive()
  const { alerts, loaded } = useAlerts()
  const meaning = useMeaning(filters)
  const narrowed = isNarrowed(filters)
  const query = queryOf(filters, meaning)
  const [askedFrom, setAskedFrom] = useState<string | null>(null)
  // A filter may find only what is long over; without one the past begins after the last alert at hand.
  const start = narrowed || filters.state === 'resolved' ? '' : askedFrom
  const past = useInfiniteQuery({
    queryKey: ['alerts', 'past', slug, query, start],
    queryFn: ({ pageParam }) => {
      const cursor = pageParam === '' ? undefined : pageParam
      return body(
        api.GET('/api/v1/alerts', { params: { query: { site: slug, limit: PAGE, cursor, ...query } } }),
      )
    },
    initialPageParam: start ?? '',
    getNextPageParam: (_, pages) => {
      const last = pages.at(-1)
      const oldest = last?.results.at(-1)
      return last?.next && oldest ? cursorOf(oldest) : undefined
    },
    enabled: loaded && start !== null,
  })
  const recent = useMemo(
    () => alerts.filter((alert) => isWanted(alert, filters, meaning)),
    [alerts, filters, meaning],
  )
  const shown = useMemo(() => {
    const listed = new Set(recent.map(({ id }) => id))
    const older = (past.data?.pages ?? [])
      .flatMap(({ results }) => results)
      .filter(({ id }) => !listed.has(id))
      .map((alert) => newer(alert, live.alerts.get(alert.id)))
      .filter((alert) => isStillWanted(alert, filters, meaning))
    return [...recent, ...older].sort(byTrouble)
  }, [recent, past.data, live, filters, meaning])

  const oldest = alerts.at(-1)
  return {
    shown,
    searching: past.isLoading,
    loading: past.isFetching,
    error: past.error,
    more: start === null ? alerts.length >= PAGE : past.hasNextPage || past.isError,
    load: () => {
      if (start === null) setAskedFrom(oldest ? cursorOf(oldest) : '')
      else if (past.isError && !past.data) void past.refetch()
      else void past.fetchNextPage()
    },
  }
}

/** The server's cursor is the place of the last one: time of opening and number. */
function cursorOf({ opened_ms, id }: Alert): string {
  return `${opened_ms}.${id}`
}

function newer(found: Alert, known: Alert | undefined): Alert {
  return known !== undefined && known.last_seq > found.last_seq ? known : found
}

function queryOf({ state, severity, zone, device, text, mine }: Filters, { fromMs, toMs }: Meaning) {
  return {
    ...(state === 'all' ? {} : { state }),
    ...(severity === '' ? {} : { severity }),
    ...(zone === '' ? {} : { zone: Number(zone) }),
    ...(device === '' ? {} : { device }),
    ...(text === '' ? {} : { q: text }),
    ...(mine ? { assigned: 'me' } : {}),
    ...(fromMs === null ? {} : { from: fromMs }),
    ...(toMs === null ? {} : { to: toMs - 1 }),
  }
}

const DAY_MS = 86_400_000

function useMeaning({ zone, from, to }: Filters): Meaning {
  const { slug, timezone } = useSite()
  const username = useMe().data?.username ?? ''
  const zoneName = useSiteDetail(slug).data?.zones.find(({ id }) => String(id) === zone)?.name ?? ''
  return useMemo(() => {
    const after = to === '' ? '' : new Date(Date.parse(`${to}T00:00Z`) + DAY_MS).toISOString().slice(0, 10)
    const startOf = (day: string) => (day === '' ? null : momentOf(day, '00:00', timezone))
    return { username, zoneName, fromMs: startOf(from), toMs: startOf(after) }
  }, [username, zoneName, from, to, timezone])
}
