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

/** Below this a number is written as a power of ten: with leading zeros nobody counts right. */
const SMALLEST_PLAIN = 1e-4
/** From here on as well: a double tells no more than fifteen digits. */
const LARGEST_PLAIN = 1e15
const SUPERSCRIPT = '⁰¹²³⁴⁵⁶⁷⁸⁹'

/** As many decimals as help: 228 · 42.7 · 0.12 · 0.0012. */
function decimalsFor(value: number): number {
  const size = Math.abs(value)
  if (size >= 100) return 0
  if (size >= 1 || size === 0) return 1
  return size >= 0.1 ? 2 : 1 + exponentOf(size)
}

/** The place of the first digit behind the point: 1 for 0.2, 5 for 0.00002. */
function exponentOf(value: number): number {
  return Math.ceil(-Math.log10(Math.abs(value)) - 1e-12)
}

/** A measure whose precision is not known; what a series has measured goes through `formatReading`. */
export function formatNumber(value: number, maximumFractionDigits?: number): string {
  if (maximumFractionDigits === undefined && isPower(value)) return formatPower(value, 1)
  return formatPlain(value, 0, maximumFractionDigits ?? decimalsFor(value))
}

/** A number with just these decimals, also where they are zeros. */
export function formatFixed(value: number, decimals: number): string {
  return formatPlain(value, decimals, decimals)
}

/** A number that a person has set, with all the decimals it has. */
export function formatExact(value: number): string {
  return isPower(value)
    ? formatPower(value, MEANT_DIGITS)
    : formatPlain(value, 0, decimalsIn(value, TYPED_DIGITS))
}

function formatPlain(value: number, least: number, most: number): string {
  const key = `${tag()} ${least} ${most}`
  let format = numbers.get(key)
  if (!format) {
    format = new Intl.NumberFormat(tag(), { minimumFractionDigits: least, maximumFractionDigits: most })
    numbers.set(key, format)
  }
  const text = format.format(value)
  return (/[1-9]/.test(text) ? text : text.replace('-', '')).replace('-', MINUS)
}

function isPower(value: number): boolean {
  const size = Math.abs(value)
  return size !== 0 && (size < SMALLEST_PLAIN || size >= LARGEST_PLAIN)
}

/** `2,1 × 10⁻⁵`. */
export function formatPower(value: number, mostDecimals: number, leastDecimals = 0): string {
  const [mantissa = '0', exponent = '0'] = value.toExponential(mostDecimals).split('e')
  const raised = exponent
    .replace('+', '')
    .replace(/./g, (digit) => (digit === '-' ? '⁻' : (SUPERSCRIPT[Number(digit)] ?? digit)))
  return `${formatPlain(Number(mantissa), leastDecimals, mostDecimals)}\u00a0×\u00a010${raised}`
}

/** More digits than a sensor means are noise of its arithmetic. */
const MEANT_DIGITS = 6
/** All that a person types stays; behind it are the errors of binary fractions. */
const TYPED_DIGITS = 15

/** The decimals a number is written with, without the noise of single precision: 21.100000381 has one. */
export function decimalsIn(value: number, digits = MEANT_DIGITS): number {
  const size = Math.abs(value)
  if (size === 0 || !Number.isFinite(size)) return 0
  const most = Math.max(0, digits - 1 + exponentOf(size))
  const text = size.toFixed(Math.min(100, most)).replace(/\.?0+$/, '')
  return text.includes('.') ? text.length - text.indexOf('.') - 1 : 0
}

/** `8,6 °C`; no unit, no space. */
export function formatValue(value: number, unit: string, maximumFractionDigits?: number): string {
  return withUnit(formatNumber(value, maximumFractionDigits), unit)
}

/** With a space that breaks no line: a value and its unit are one. Texts of the catalogue get theirs in build/catalogue.ts. */
export function withUnit(number: string, unit: string): string {
  return unit ? `${number}\u00a0${unit}` : number
}

/** What the field of a number shows: no grouping, the mark of the language. */
export function formatInput(value: number | null | undefined): string {
  if (value === null || value === undefined) return ''
  const text = value.toFixed(Math.min(100, decimalsIn(value, TYPED_DIGITS)))
  return i18n.locale === 'en' ? text : text.replace('.', ',')
}

/** What a person typed, with either mark and either minus; null where it is no number. */
export function parseNumber(text: string): number | null {
  const plain = text.trim().replace(MINUS, '-').replace(',', '.')
  return /^-?\d+(\.\d+)?$/.test(plain) ? Number(plain) : null
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
