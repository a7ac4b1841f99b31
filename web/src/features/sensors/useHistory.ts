/** The history of one series in a range that ends now, with the polled readings since at its end. */

import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState } from 'react'

import { withTail, type Point, type Range } from '@/components/chart/history'
import { fetchHistory } from '@/lib/api/history'
import type { History } from '@/lib/api/types'
import { serverNow, useNow } from '@/lib/clock'
import { useLatest } from '@/lib/live'

import { RANGES, refreshMs, type RangeName } from './ranges'

/** About one point for each pixel of the widest chart. */
const POINTS = 900
/** The right edge moves on in steps: redrawing each second would show nothing new. */
const EDGE_STEPS = 300

interface Answer {
  name: RangeName
  range: Range
  history: History
}

export interface LiveHistory {
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
  const tail = useTail(seriesId)
  const answer = query.data
  const edge = useEdge(RANGES[answer?.name ?? name])
  const history = useMemo(
    () =>
      answer ? withTail(answer.history, tail, Math.max(answer.range.to, newest(answer.history))) : undefined,
    [answer, tail],
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

/** Every reading that the poll brought while this page stood. */
function useTail(seriesId: number): readonly Point[] {
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
    setTail((old) => {
      const kept = fresh ? [] : old
      return kept.at(-1)?.[0] === latest.tsMs ? kept : [...kept, [latest.tsMs, latest.value]]
    })
  }, [seriesId, latest])
  return tail
}

/** Now, rounded up to a step of the range. */
function useEdge(spanMs: number): number {
  const step = Math.max(1000, spanMs / EDGE_STEPS)
  return Math.ceil(useNow() / step) * step
}
