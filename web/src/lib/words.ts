/** The words of the product for what the server names by code. */

import { t } from '@lingui/core/macro'
import type { Alert, AlertState, Condition, ReadyName, Role, Series, Severity } from './api/types'
import type { FreshnessState } from './live/freshness'
import { formatDuration, formatExact, formatMeasured, withUnit, type Measured } from './i18n'
import { serverWords } from './cameraReasons'
import { binaryWord, metricWord } from './metricWords'

export function severityWord(severity: Severity): string {
  switch (severity) {
    case 'critical':
      return t`Critical`
    case 'warning':
      return t({ message: 'Warning', context: 'severity' })
    case 'info':
      return t`Info`
  }
}

export function alertStateWord(state: AlertState): string {
  switch (state) {
    case 'open':
      return t`Open`
    case 'acknowledged':
      return t`Acknowledged`
    case 'resolved':
      return t`Resolved`
  }
}

export function freshnessWord(state: FreshnessState): string {
  switch (state) {
    case 'fresh':
      return t`fresh`
    case 'late':
    case 'skewed':
      return t`late`
    case 'stale':
      return t`stale`
    case 'none':
      return t`no reading yet`
  }
}

export function roleWord(role: Role): string {
  switch (role) {
    case 'owner':
      return t`owner`
    case 'operator':
      return t`operator`
    case 'viewer':
      return t`viewer`
  }
}

/**
 * What to call a series: its own name, and its device before it where another series of the zone has the same name, as the
 * server says, which knows them all. So a sensor has one name on every page.
 */
export function seriesName({ device, device_name, name, name_repeats: repeats }: Series): string {
  return repeats ? `${device_name || device} · ${name}` : name
}

/** A reading in words: `8.6 °C`, `Open`. */
export function valueWords(series: Measured & Worded, value: number): string {
  if (series.kind !== 'binary') return formatMeasured(series, value)
  return binaryWords(series, value !== 0)
}

/** What its owner calls on and off, or the metric's own words. */
export function binaryWords(series: Omit<Worded, 'kind'> & { metric: string }, on: boolean): string {
  return (on ? series.on_word : series.off_word) || binaryWord(series.metric, on)
}

/** on_word, off_word: what an owner calls 1 and 0; empty for the metric's own words. */
interface Worded {
  kind: 'number' | 'binary'
  on_word?: string
  off_word?: string
}

/** A wrong clock below this is nobody's problem. */
const SKEW_SHOWN_MS = 300_000

/** Only when a device's clock is wrong enough to matter. */
export function wrongClockWords(skewMs: number | null): string {
  if (skewMs === null || Math.abs(skewMs) < SKEW_SHOWN_MS) return ''
  const size = formatDuration(Math.abs(skewMs))
  return skewMs > 0 ? t`device clock ${size} fast` : t`device clock ${size} slow`
}

/** What is known of a device's clock, the same on every page. */
export function clockWords(skewMs: number | null): string {
  if (skewMs === null) return t({ message: 'unknown', context: 'clock' })
  return wrongClockWords(skewMs) || t({ message: 'true', context: 'clock' })
}

/** How long it has to hold before an alert is raised, after `conditionWords`; empty where that says it, or at once. */
export function heldWords(condition: Condition): string {
  const seconds = 'for_seconds' in condition ? (condition.for_seconds ?? 0) : 0
  if (seconds === 0 || condition.kind === 'no_data') return ''
  const time = formatDuration(seconds * 1000)
  return condition.kind === 'is_true' ? t({ message: `for over ${time}`, context: 'state' }) : t`for ${time}`
}

/** When the alert is raised, without its subject: `above 8 °C`, `no data for over 2 min`. */
export function conditionWords(condition: Condition, unit: string, metric = ''): string {
  switch (condition.kind) {
    case 'above': {
      const level = withUnit(formatExact(condition.level), unit)
      return t`above ${level}`
    }
    case 'below': {
      const level = withUnit(formatExact(condition.level), unit)
      return t`below ${level}`
    }
    case 'outside': {
      const low = formatExact(condition.low)
      const high = withUnit(formatExact(condition.high), unit)
      return t`outside ${low} to ${high}`
    }
    case 'rate': {
      const change = withUnit(formatExact(Math.abs(condition.per_minute)), unit)
      return t`changes by more than ${change} a minute`
    }
    case 'no_data': {
      const time = formatDuration(condition.for_seconds * 1000)
      return t`no data for over ${time}`
    }
    case 'is_true':
      return binaryWord(metric, true).toLowerCase()
    case 'camera_offline':
      return t`the camera sends no picture`
  }
}

/** TypeScript refuses the build when the server has a ready rule without a name here. */
const READY_NAMES: Record<ReadyName, () => string> = {
  temperature_high: () => t`High temperature`,
  motion: () => t({ message: 'Motion', context: 'rule' }),
  smoke: () => t`Smoke`,
  water_leak: () => t`Water leak`,
}

/**
 * The ready rules, and what they raise, are named in the reader's language until somebody names them otherwise. What an older
 * or a newer server says has no code, or one that is not known here.
 */
export function readyName(name: string, code: string | null | undefined): string {
  return code && Object.hasOwn(READY_NAMES, code) ? READY_NAMES[code as ReadyName]() : name
}

/** What it is called in lists: a rule's name; a camera and what is wrong with it. */
export function alertTitle({ title, title_code: code, condition }: Alert): string {
  if (condition.kind !== 'camera_offline') return readyName(title, code)
  return condition.never_live ? t`Camera ${title}: not connected yet` : t`Camera ${title}: picture lost`
}

/** Where it is: zone and device, as far as the title does not say so. */
export function alertPlace({ zone, device_name: device, camera, title }: Alert): string {
  const parts = camera === '' ? [zone, device] : [zone]
  return parts.filter((part) => part !== '' && !title.includes(part)).join(' · ')
}

/**
 * The second line of an alert in a list: what it was raised by; of one that is over, what it was and its worst. What it is now
 * is not said: a line of a list may stand for a while.
 */
export function alertDetailWords(alert: Alert): string {
  const { condition, unit, metric, state } = alert
  if (condition.kind === 'camera_offline')
    return sentenceCase(
      serverWords(condition.code ?? '', condition.reason ?? '') || t`the camera sends no picture`,
    )
  const subject = metricWord(metric)
  const rule = conditionWords(condition, unit, metric)
  if (condition.kind === 'is_true') return `${subject}: ${rule}`
  if (condition.kind === 'no_data') {
    const time = formatDuration(condition.for_seconds * 1000)
    return t`No data from ${subject} for ${time}`
  }
  const over = state === 'resolved'
  const shown = over ? alert.peak : alert.value
  if (shown === null) return `${subject} ${rule}`
  const value = formatMeasured({ id: alert.series, metric, unit }, shown)
  return over ? t`${subject} was ${rule}, ${peakWords(condition, value)}` : t`${subject} ${value}, ${rule}`
}

/** `highest 9.2 °C`, by the side that is bad. */
export function peakWords({ kind }: Condition, value: string): string {
  if (kind === 'above') return t`highest ${value}`
  if (kind === 'below') return t`lowest ${value}`
  return t`worst ${value}`
}

export function sentenceCase(words: string): string {
  return words.charAt(0).toLocaleUpperCase() + words.slice(1)
}
