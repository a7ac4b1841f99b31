/** The figures of a range, which the server reckons from the readings themselves. */

import { keepPreviousData, useQuery } from '@tanstack/react-query'

import type { Range } from '@/components/chart/history'
import { fetchSummary, type SummaryQuery } from '@/lib/api/summary'
import type { Condition, Rule, Series, Summary } from '@/lib/api/types'
import { serverNow } from '@/lib/live/clock'

import { refreshMs, type Chosen } from './ranges'
import { rangeAt, useHistoryAnswered } from './useHistory'

/** What counts as beyond: the part of a rule's condition that speaks of single values. */
export type Limit = Pick<SummaryQuery, 'above' | 'below' | 'outside' | 'is'>

/** Asked for after the history: all readings of a year are counted for it, and the chart must not wait for that. */
export function useSummary(seriesId: number, chosen: Chosen, limit: Limit, byDay = false) {
  const enabled = useHistoryAnswered(seriesId, chosen)
  return useQuery({
    queryKey: ['series', seriesId, 'summary', chosen, limit, byDay],
    queryFn: async (): Promise<Summary> => {
      const { from, to } = rangeAt(chosen, serverNow())
      return fetchSummary(seriesId, { from, to, ...limit, ...(byDay ? { by: 'day' } : {}) })
    },
    refetchInterval: refreshMs(chosen),
    placeholderData: keepPreviousData,
    staleTime: 10_000,
    enabled,
  })
}

/** The limits that the series' rules speak of, each once; a binary series counts the time that it is on. */
export function limitsOf(series: Series, rules: readonly Rule[]): Limit[] {
  if (series.kind === 'binary') return [{ is: '1' }]
  const limits = rules.flatMap(({ condition }) => limitOf(condition))
  const texts = limits.map((limit) => JSON.stringify(limit))
  return limits.filter((_, i) => texts.indexOf(texts[i] ?? '') === i)
}

function limitOf(condition: Condition): Limit[] {
  switch (condition.kind) {
    case 'above':
      return [{ above: condition.level }]
    case 'below':
      return [{ below: condition.level }]
    case 'outside':
      return [{ outside: `${condition.low},${condition.high}` }]
    default:
      return []
  }
}

/** The address of the same figures by day, as CSV. */
export function csvAddress(seriesId: number, { from, to }: Range, limit: Limit): string {
  const query = new URLSearchParams({ from: String(from), to: String(to), by: 'day' })
  for (const [name, value] of Object.entries(limit)) query.set(name, String(value))
  return `/api/v1/series/${seriesId}/summary.csv?${query.toString()}`
}
