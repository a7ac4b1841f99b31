/** The chart's words: ticks of the time axis, levels, gaps, and one sentence for those who do not see it. */

import { plural, t } from '@lingui/core/macro'

import type { Series } from '@/lib/api/types'
import { formatDate, formatDateTime, formatExact, formatNumber, formatTime } from '@/lib/i18n'
import { binaryWord } from '@/lib/metricWords'
import { valueWords } from '@/lib/words'

import type { Statistics, Span } from './history'
import type { ChartLevel } from './levels'

const DAY_MS = 86_400_000

export type ChartSeries = Pick<Series, 'id' | 'name' | 'metric' | 'unit' | 'kind' | 'freshness_seconds'>

export function tickWords(ms: number, stepMs: number): string {
  if (stepMs >= DAY_MS) return formatDate(ms).slice(0, 5)
  const time = formatTime(ms)
  return time === '00:00' ? formatDate(ms).slice(0, 5) : time
}

export function axisWords(series: ChartSeries, value: number): string {
  return series.kind === 'binary' ? binaryWord(series.metric, value > 0) : formatNumber(value)
}

export function seriesValue(series: ChartSeries, value: number): string {
  return valueWords(series, value)
}

export function levelWords(level: ChartLevel): string {
  const value = formatExact(level.value)
  if (level.kind === 'raise')
    return level.side === 'above' ? t`raise above ${value}` : t`raise below ${value}`
  return level.side === 'above' ? t`clear below ${value}` : t`clear above ${value}`
}

/** Two lines: what it is, and from when to when. */
export function gapWords(gap: Span): [string, string] {
  const long = gap.to - gap.from >= DAY_MS
  const from = long ? formatDateTime(gap.from) : formatTime(gap.from)
  const to = long ? formatDateTime(gap.to) : formatTime(gap.to)
  return [t`no data`, t`${from} to ${to}`]
}

export function summaryWords(label: string, series: ChartSeries, numbers: Statistics): string {
  if (!numbers.min || !numbers.max) return t`${label}: no readings in this range`
  const low = seriesValue(series, numbers.min.value)
  const high = seriesValue(series, numbers.max.value)
  const lost = numbers.lostTimes
  const summary = t`${label}: from ${low} to ${high}`
  return lost > 0
    ? `${summary}, ${t`data lost ${plural(lost, { one: '# time', other: '# times' })}`}`
    : summary
}
