/** The words of the product for what the server names by code. */

import { t } from '@lingui/core/macro'
import type { Alert, AlertState, Condition, Role, Series, Severity } from './api/types'
import type { FreshnessState } from './live/freshness'
import { formatDuration, formatExact, formatMeasured, withUnit, type Measured } from './i18n'
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
 * What to call each series: its own name, and its device before it where another series of the zone has the same name.
 * The one place that decides this, so that a sensor has one name on every page.
 */
export function seriesNames(series: readonly Series[]): ReadonlyMap<number, string> {
  const inZone = ({ zone, name }: Series) => `${zone?.id ?? ''} ${name.toLocaleLowerCase()}`
  const counts = new Map<string, number>()
  for (const one of series) counts.set(inZone(one), (counts.get(inZone(one)) ?? 0) + 1)
  return new Map(
    series.map((one) => [
      one.id,
      counts.get(inZone(one)) === 1 ? one.name : `${one.device_name || one.device} · ${one.name}`,
    ]),
  )
}

/** A reading in words: `8.6 °C`, `Open`. */
export function valueWords(series: Measured & { kind: 'number' | 'binary' }, value: number): string {
  return series.kind === 'binary' ? binaryWord(series.metric, value !== 0) : formatMeasured(series, value)
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

/** The second line of an alert in a list: what was measured against what. */
export function alertDetailWords(alert: Alert): string {
  const { condition, unit, metric } = alert
  const subject = metric ? metricWord(metric) : alert.camera
  const rule = conditionWords(condition, unit, metric)
  if (condition.kind === 'camera_offline') return t`The camera sends no picture`
  if (condition.kind === 'is_true' || condition.kind === 'no_data') return `${subject}: ${rule}`
  const shown = alert.state === 'resolved' ? alert.peak : alert.value
  if (shown === null) return `${subject} ${rule}`
  const value = formatMeasured({ id: alert.series, metric, unit }, shown)
  return alert.state === 'resolved' ? t`${subject} up to ${value}, ${rule}` : t`${subject} ${value}, ${rule}`
}
