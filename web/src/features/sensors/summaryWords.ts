/** Figures in words: exact ones as one, those that only averages are left of as bounds. */

import { plural, t } from '@lingui/core/macro'

import type { Bounds, Summary, SummaryCondition, SummaryExtreme } from '@/lib/api/types'
import { formatDate, formatDuration, formatExact, formatNumber, formatTime, withUnit } from '@/lib/i18n'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** Rounded up in the unit that `formatDuration` ends with: an upper bound is never told lower than it is. */
function ceilDuration(ms: number): number {
  const unit = ms >= DAY_MS ? HOUR_MS : ms >= HOUR_MS ? MINUTE_MS : 1000
  return Math.ceil(ms / unit) * unit
}

export function durationBounds({ low, high }: Bounds): string {
  if (low === high) return formatDuration(low)
  const [least, most] = [formatDuration(low), formatDuration(ceilDuration(high))]
  if (least === most) return least
  return low < 1000 ? t`at most ${most}` : t`${least} to ${most}`
}

export function timesBounds({ low, high }: Bounds): string {
  if (low === high) return plural(low, { one: '# time', other: '# times' })
  return low === 0
    ? t`at most ${plural(high, { one: '# time', other: '# times' })}`
    : t`${low} to ${plural(high, { one: '# time', other: '# times' })}`
}

/** A share of a time, in percent; 100 only where it is all of it. */
export function shareBounds({ low, high }: Bounds, ofMs: number): string {
  if (ofMs <= 0) return t`none`
  const percent = (ms: number) => {
    const share = Math.min(100, (100 * ms) / ofMs)
    return formatNumber(share < 100 ? Math.min(99.9, Math.round(share * 10) / 10) : 100, 1)
  }
  const [least, most] = [percent(low), percent(high)]
  return least === most ? t`${least} %` : t`${least} to ${most} %`
}

/** The share of time with data, counted from the first reading ever: before it nothing was lost. */
export function coverageWords(figures: Summary, firstMs: number | null): string {
  if (figures.count === 0) return t`none`
  const began = Math.max(figures.from_ms, firstMs ?? figures.first_ms ?? figures.from_ms)
  return shareBounds(figures.with_data_ms, Math.min(figures.to_ms, figures.now_ms) - began)
}

/** `14:05`, `25/11 14:05`; where the moment is known to an hour or to a day only, just that. */
export function momentWords(
  { from_ms: from, to_ms: to }: Pick<SummaryExtreme, 'from_ms' | 'to_ms'>,
  long: boolean,
): string {
  const date = formatDate(from).slice(0, 5)
  if (to - from < MINUTE_MS) return long ? `${date} ${formatTime(from)}` : formatTime(from)
  const last = formatDate(to).slice(0, 5)
  if (to - from >= DAY_MS / 2) return last === date ? t`on ${date}` : t`${date} to ${last}`
  const [begin, end] = [formatTime(from), formatTime(to + 1)]
  const hours = t`${begin} to ${end}`
  return long ? `${date} ${hours}` : hours
}

/** `Above 8 °C`. */
export function conditionTitle(condition: SummaryCondition, unit: string): string {
  const value = (level: number) => withUnit(formatExact(level), unit)
  switch (condition.kind) {
    case 'above': {
      const level = value(condition.level)
      return t`Above ${level}`
    }
    case 'below': {
      const level = value(condition.level)
      return t`Below ${level}`
    }
    case 'outside': {
      const low = formatExact(condition.low)
      const high = value(condition.high)
      return t`Outside ${low} to ${high}`
    }
    case 'is':
      return ''
  }
}
