import { i18n } from '@lingui/core'
import { plural, t } from '@lingui/core/macro'

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const MINUS = '\u2212'

let zone: string | undefined

/** Times are shown in the site's zone, not the reader's. */
export function setZone(timeZone: string): void {
  zone = timeZone
}

/** Intl objects are slow to make (50 us) and a page asks for thousands: keep them by language and options. */
const numbers = new Map<string, Intl.NumberFormat>()
const dates = new Map<string, Intl.DateTimeFormat>()

function tag(): string {
  return i18n.locale === 'en' ? 'en-GB' : 'vi-VN'
}

function dateFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${tag()} ${zone ?? ''} ${JSON.stringify(options)}`
  let format = dates.get(key)
  if (!format) {
    format = new Intl.DateTimeFormat(tag(), { ...options, timeZone: zone, hourCycle: 'h23' })
    dates.set(key, format)
  }
  return format
}

/** As many decimals as help: 228 · 42.7 · 0.12. */
function decimalsFor(value: number): number {
  const size = Math.abs(value)
  if (size >= 100) return 0
  return size >= 1 || size === 0 ? 1 : 2
}

export function formatNumber(value: number, maximumFractionDigits = decimalsFor(value)): string {
  const key = `${tag()} ${maximumFractionDigits}`
  let format = numbers.get(key)
  if (!format) {
    format = new Intl.NumberFormat(tag(), { maximumFractionDigits })
    numbers.set(key, format)
  }
  const text = format.format(value)
  return (text === '-0' ? '0' : text).replace('-', MINUS)
}

/** `8,6 °C`; no unit, no space. */
export function formatValue(value: number, unit: string, maximumFractionDigits?: number): string {
  const number = formatNumber(value, maximumFractionDigits)
  return unit ? `${number} ${unit}` : number
}

/** `14:32`, with seconds `14:32:08`. */
export function formatTime(ms: number, withSeconds = false): string {
  return dateFormat({
    hour: '2-digit',
    minute: '2-digit',
    ...(withSeconds ? { second: '2-digit' } : {}),
  }).format(ms)
}

/** `23/11/2025` in both languages. */
export function formatDate(ms: number): string {
  return dateFormat({ day: '2-digit', month: '2-digit', year: 'numeric' }).format(ms).replaceAll('-', '/')
}

export function formatDateTime(ms: number, withSeconds = false): string {
  return `${formatDate(ms)} ${formatTime(ms, withSeconds)}`
}

/** In a list: the time today, the day before that. */
export function formatWhen(ms: number, nowMs: number): string {
  if (formatDate(ms) === formatDate(nowMs)) return formatTime(ms)
  return dateFormat({ day: '2-digit', month: '2-digit' }).format(ms).replaceAll('-', '/')
}

/** `CN`, `T2` ... in Vietnamese; `Sun`, `Mon` ... in English. */
export function formatWeekday(ms: number): string {
  return dateFormat({ weekday: 'short' })
    .format(ms)
    .replace(/^Th(?:ứ)? ?(?=\d)/, 'T')
}

/** Age of a value: `0.4 s`, `14 s`, `6 min`, `3 h`, else the date of the value. */
export function formatAge(ageMs: number, atMs: number): string {
  if (ageMs >= DAY_MS) return formatDateTime(atMs)
  return formatSpan(ageMs)
}

function formatSpan(ms: number): string {
  if (ms < SECOND_MS) {
    const tenths = formatNumber(Math.max(0, Math.floor(ms / 100) / 10), 1)
    return t`${tenths} s`
  }
  if (ms < MINUTE_MS) {
    const seconds = Math.floor(ms / SECOND_MS)
    return t`${seconds} s`
  }
  if (ms < HOUR_MS) {
    const minutes = Math.floor(ms / MINUTE_MS)
    return t`${minutes} min`
  }
  const hours = Math.floor(ms / HOUR_MS)
  return t`${hours} h`
}

/** A duration in two units at most: `42 s`, `13 min 48 s`, `3 h 28 min`, `2 d 4 h`. */
export function formatDuration(ms: number): string {
  const days = Math.floor(ms / DAY_MS)
  const hours = Math.floor((ms % DAY_MS) / HOUR_MS)
  const minutes = Math.floor((ms % HOUR_MS) / MINUTE_MS)
  const seconds = Math.floor((ms % MINUTE_MS) / SECOND_MS)
  if (days > 0) return hours > 0 ? t`${days} d ${hours} h` : plural(days, { one: '# day', other: '# days' })
  if (hours > 0) return minutes > 0 ? t`${hours} h ${minutes} min` : t`${hours} h`
  if (minutes > 0) return seconds > 0 ? t`${minutes} min ${seconds} s` : t`${minutes} min`
  return t`${seconds} s`
}
