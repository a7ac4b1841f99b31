/** The chart's words: ticks of the time axis, levels, gaps, and one sentence for those who do not see it. */

import { plural, t } from '@lingui/core/macro'

import type { Series } from '@/lib/api/types'
import {
  decimalsIn,
  formatDate,
  formatDateTime,
  formatExact,
  formatFixed,
  formatPower,
  formatTime,
  withUnit,
} from '@/lib/i18n'
import { binaryWords, valueWords } from '@/lib/words'

import { extremes, isBeyond, type Columns, type Span } from './history'
import type { ChartLevel } from './levels'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/** Below it the labels of an axis are powers of ten. */
const SMALLEST_STEP = 1e-4

type Words = Partial<Pick<Series, 'on_word' | 'off_word'>>
export type ChartSeries = Pick<Series, 'id' | 'name' | 'metric' | 'unit' | 'kind' | 'freshness_seconds'> &
  Words

export function tickWords(ms: number, stepMs: number): string {
  if (stepMs >= DAY_MS) return formatDate(ms).slice(0, 5)
  const time = formatTime(ms, stepMs > 0 && stepMs < MINUTE_MS)
  return /^00:00(:00)?$/.test(time) ? formatDate(ms).slice(0, 5) : time
}

/** step: the distance to the next label, which this one must differ from. */
export function axisWords(
  series: Pick<Series, 'kind' | 'metric'> & Words,
  value: number,
  step: number,
): string {
  if (series.kind === 'binary') return binaryWords(series, value > 0)
  if (step <= 0 || value === 0) return formatExact(value)
  if (step >= SMALLEST_STEP) return formatFixed(value, decimalsIn(step))
  const digits =
    Math.ceil(Math.log10(Math.abs(value) / step) - 1e-9) +
    (decimalsIn(step / 10 ** Math.floor(Math.log10(step))) > 0 ? 1 : 0)
  return formatPower(value, Math.max(0, Math.min(15, digits)))
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

function spanWords(from: number, to: number): [string, string] {
  const sameDay = formatDate(from) === formatDate(to)
  return sameDay ? [formatTime(from), formatTime(to)] : [formatDateTime(from), formatDateTime(to)]
}

/** Two lines: what it is, and from when to when. */
export function gapWords(gap: Span): [string, string] {
  const [from, to] = spanWords(gap.from, gap.to)
  return [t`no data`, t`${from} to ${to}`]
}

/** The time alone where the range lies within the day. */
function momentWords(ms: number, range: Span): string {
  return formatDate(range.from) === formatDate(range.to) ? formatTime(ms) : formatDateTime(ms)
}

export function beforeWords(beginMs: number, range: Span): string {
  const time = momentWords(beginMs, range)
  return t`no data yet before ${time}`
}

export function afterWords(endMs: number, range: Span): string {
  const time = momentWords(endMs, range)
  return t`no data since ${time}`
}

/** What the picture shows, for those who do not see it: its extremes, what is beyond a limit, and what is missing. */
export function summaryWords(
  label: string,
  series: ChartSeries,
  columns: Columns,
  levels: readonly ChartLevel[],
  range: Span,
): string {
  const drawn = extremes(columns)
  if (!drawn) return t`${label}: no readings in this range`
  const low = seriesValue(series, drawn.low)
  const high = seriesValue(series, drawn.high)
  const binary = series.kind === 'binary'
  const both = low === high
  const lost = columns.gaps.length
  const parts = [
    both
      ? t`${label}: ${low}`
      : binary
        ? t`${label}: ${low} and ${high}`
        : t`${label}: from ${low} to ${high}`,
    ...(binary
      ? []
      : levels.filter((level) => level.kind === 'raise').map((level) => beyondWords(level, series, drawn))),
    lost > 0 ? t`data lost ${plural(lost, { one: '# time', other: '# times' })}` : '',
    columns.before ? beforeWords(columns.before.to, range) : '',
    columns.after ? afterWords(columns.after.from, range) : '',
  ]
  return parts.filter(Boolean).join(', ')
}

function beyondWords(level: ChartLevel, series: ChartSeries, drawn: { low: number; high: number }): string {
  if (!isBeyond({ min: drawn.low, max: drawn.high }, level)) return ''
  const limit = withUnit(formatExact(level.value), series.unit)
  return level.side === 'above' ? t`at times above ${limit}` : t`at times below ${limit}`
}
