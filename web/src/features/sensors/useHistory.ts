/** The history of one series: of a range that ends now with the polled readings since at its end, or of one that stands. */

import {
  keepPreviousData,
  queryOptions,
  useQuery,
  useQueryClient,
  type UseQueryResult,
} from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState } from 'react'

import { withTail, type Known, type Point, type Range } from '@/components/chart/history'
import { fetchHistory } from '@/lib/api/history'
import type { History } from '@/lib/api/types'
import { learnValue } from '@/lib/i18n'
import { serverNow, useNow } from '@/lib/live/clock'
import { useLatest } from '@/lib/live'
import type { Latest } from '@/lib/live/latest'

import { RANGES, refreshMs, spanOf, type Chosen } from './ranges'
import { extendTail } from './tail'

/** About one point for each pixel of the widest chart. */
const POINTS = 900
/** The right edge follows the newest reading; without one, so often. */
const EDGE_MS = 60_000

interface Answer {
  chosen: Chosen
  range: Range
  history: History
}

export interface LiveHistory {
  query: UseQueryResult<Answer>
  history: History | undefined
  range: Range
  known: Known
  /** The present value, in a range that ends now. */
  now: Point | null
}

const historyOf = (seriesId: number, chosen: Chosen) =>
  queryOptions({
    queryKey: ['series', seriesId, 'history', chosen],
    queryFn: async (): Promise<Answer> => {
      const range = rangeAt(chosen, serverNow())
      const history = await fetchHistory(seriesId, range.from, range.to, POINTS)
      learnFrom(seriesId, history)
      return { chosen, range, history }
    },
    staleTime: 10_000,
  })

export function useHistory(seriesId: number, chosen: Chosen): LiveHistory {
  const query = useQuery({
    ...historyOf(seriesId, chosen),
    refetchInterval: refreshMs(chosen),
    placeholderData: keepPreviousData,
  })
  const answer = query.data
  const live = typeof chosen === 'string'
  const knownUntil = answer ? Math.max(answer.range.to, newest(answer.history)) : 0
  const latest = useLatest(seriesId)
  const tail = useTail(seriesId, latest, knownUntil)
  const edge = useEdge(spanOf(chosen), latest)
  const grows = answer !== undefined && typeof answer.chosen === 'string'
  const history = useMemo(
    () => (answer && grows ? withTail(answer.history, tail, knownUntil) : answer?.history),
    [answer, grows, tail, knownUntil],
  )
  const range = useMemo(
    () => (typeof chosen === 'string' ? { from: edge - RANGES[chosen], to: edge } : chosen),
    [chosen, edge],
  )
  const lastMs = latest?.tsMs ?? null
  const firstMs = answer?.history.first_ms ?? null
  const known = useMemo(() => ({ firstMs, lastMs }), [firstMs, lastMs])
  const now = useMemo(
    (): Point | null => (live && latest ? [latest.tsMs, latest.value] : null),
    [live, latest],
  )
  return { query, history, range, known, now }
}

/** Asks for a range in the turn in which it is chosen: the page is drawn anew while the server works. */
export function useAskHistory(seriesId: number): (chosen: Chosen) => void {
  const queryClient = useQueryClient()
  // What fails is told where it is shown.
  return (chosen) => void queryClient.query(historyOf(seriesId, chosen)).catch(() => undefined)
}

/** Whether the server has answered for the history of a range, be it with an error. */
export function useHistoryAnswered(seriesId: number, chosen: Chosen): boolean {
  const { data, error } = useQuery({ ...historyOf(seriesId, chosen), enabled: false })
  return data !== undefined || error !== null
}

export function rangeAt(chosen: Chosen, nowMs: number): Range {
  return typeof chosen === 'string'
    ? { from: Math.floor(nowMs) - RANGES[chosen], to: Math.floor(nowMs) }
    : chosen
}

/** Extremes are readings; averages have decimals that no reading had. */
function learnFrom(seriesId: number, history: History): void {
  const columns = 'v' in history ? [history.v] : [history.min, history.max]
  for (const column of columns) for (const value of column) if (value !== null) learnValue(seriesId, value)
}

function newest(history: History): number {
  return history.tier === 'raw' ? (history.t.at(-1) ?? 0) : 0
}

/** The readings that the poll brought since the history was read. */
function useTail(seriesId: number, latest: Latest | undefined, knownUntil: number): readonly Point[] {
  const [tail, setTail] = useState<readonly Point[]>([])
  const seen = useRef(seriesId)
  useEffect(() => {
    const fresh = seen.current !== seriesId
    seen.current = seriesId
    if (!latest) {
      if (fresh) setTail([])
      return
    }
    setTail((old) => extendTail(fresh ? [] : old, [latest.tsMs, latest.value], knownUntil))
  }, [seriesId, latest, knownUntil])
  return tail
}

/** The time of the newest reading, or the last step of the clock; never in the future. */
function useEdge(spanMs: number, latest: Latest | undefined): number {
  const now = useNow()
  const step = Math.min(EDGE_MS, Math.max(1000, spanMs / POINTS))
  return Math.max(Math.floor(now / step) * step, Math.min(latest?.tsMs ?? 0, now))
}
