/** The history of one series in a range that ends now, with the polled readings since at its end. */

import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState } from 'react'

import { withTail, type Point, type Range } from '@/components/chart/history'
import { fetchHistory } from '@/lib/api/history'
import type { History } from '@/lib/api/types'
import { serverNow, useNow } from '@/lib/live/clock'
import { useLatest } from '@/lib/live'

import { RANGES, refreshMs, type RangeName } from './ranges'
import { extendTail } from './tail'

/** About one point for each pixel of the widest chart. */
const POINTS = 900
/** The right edge moves on in steps: redrawing each second would show nothing new. */
const EDGE_STEPS = 300

interface Answer {
  name: RangeName
  range: Range
  history: History
}

interface LiveHistory {
  query: UseQueryResult<Answer>
  history: History | undefined
  range: Range
}

export function useHistory(seriesId: number, name: RangeName): LiveHistory {
  const query = useQuery({
    queryKey: ['series', seriesId, 'history', name],
    queryFn: async (): Promise<Answer> => {
      const to = serverNow()
      const range = { from: to - RANGES[name], to }
      return { name, range, history: await fetchHistory(seriesId, range.from, to, POINTS) }
    },
    refetchInterval: refreshMs(name),
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  })
  const answer = query.data
  const knownUntil = answer ? Math.max(answer.range.to, newest(answer.history)) : 0
  const tail = useTail(seriesId, knownUntil)
  const edge = useEdge(RANGES[answer?.name ?? name])
  const history = useMemo(
    () => (answer ? withTail(answer.history, tail, knownUntil) : undefined),
    [answer, tail, knownUntil],
  )
  const range = useMemo(
    () => ({ from: edge - RANGES[answer?.name ?? name], to: edge }),
    [edge, answer?.name, name],
  )
  return { query, history, range }
}

function newest(history: History): number {
  return history.tier === 'raw' ? (history.t.at(-1) ?? 0) : 0
}

/** The readings that the poll brought since the history was read. */
function useTail(seriesId: number, knownUntil: number): readonly Point[] {
  const latest = useLatest(seriesId)
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

/** Now, rounded up to a step of the range. */
function useEdge(spanMs: number): number {
  const step = Math.max(1000, spanMs / EDGE_STEPS)
  return Math.ceil(useNow() / step) * step
}
