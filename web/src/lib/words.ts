/** The words of the product for what the server names by code. */

import { t } from '@lingui/core/macro'
import type { Alert, AlertState, Condition, Role, Severity } from './api/types'
import type { FreshnessState } from './freshness'
import { formatDuration, formatNumber, formatValue } from './i18n'

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

/** What the two states of a binary metric are called. */
export function binaryWord(metric: string, on: boolean): string {
  switch (metric) {
    case 'door':
    case 'window':
    case 'contact':
      return on ? t({ message: 'Open', context: 'door' }) : t({ message: 'Closed', context: 'door' })
    case 'water_leak':
      return on ? t({ message: 'Wet', context: 'leak' }) : t({ message: 'Dry', context: 'leak' })
    case 'smoke':
      return on ? t`Smoke` : t`No smoke`
    case 'gas':
      return on ? t`Gas` : t`No leak`
    case 'motion':
    case 'vibration':
      return on ? t`Motion` : t({ message: 'Quiet', context: 'motion' })
    case 'occupancy':
    case 'presence':
      return on ? t`Somebody` : t`Nobody`
    case 'alarm':
    case 'tamper':
      return on ? t`Alarm` : t({ message: 'Quiet', context: 'alarm' })
    case 'relay':
    case 'power_on':
      return on ? t({ message: 'On', context: 'relay' }) : t({ message: 'Off', context: 'relay' })
    default:
      return on ? t({ message: 'Yes', context: 'binary' }) : t({ message: 'No', context: 'binary' })
  }
}

/** A metric's name where no series says its own. */
export function metricWord(metric: string): string {
  switch (metric) {
    case 'temperature':
      return t`Temperature`
    case 'humidity':
      return t`Humidity`
    case 'pressure':
      return t`Pressure`
    case 'nh3':
      return t`NH₃ gas`
    case 'co2':
      return 'CO₂'
    case 'illuminance':
      return t`Light`
    case 'soil_moisture':
      return t`Soil moisture`
    case 'voltage':
      return t`Voltage`
    case 'current':
      return t`Current`
    case 'power':
      return t`Power`
    case 'energy':
      return t`Energy`
    case 'battery':
      return t`Battery`
    case 'water_level':
      return t`Water level`
    case 'motion':
      return t`Motion`
    case 'smoke':
      return t({ message: 'Smoke', context: 'metric' })
    case 'water_leak':
      return t`Water leak`
    case 'door':
      return t({ message: 'Door', context: 'metric' })
    default: {
      const words = metric.replaceAll('_', ' ')
      return words.charAt(0).toUpperCase() + words.slice(1)
    }
  }
}

/** A reading in words: `8.6 °C`, `Open`. */
export function valueWords(kind: 'number' | 'binary', metric: string, value: number, unit: string): string {
  return kind === 'binary' ? binaryWord(metric, value !== 0) : formatValue(value, unit)
}

/** When the alert is raised, without its subject: `above 8 °C`, `no data for over 2 min`. */
export function conditionWords(condition: Condition, unit: string, metric = ''): string {
  switch (condition.kind) {
    case 'above': {
      const level = formatValue(condition.level, unit)
      return t`above ${level}`
    }
    case 'below': {
      const level = formatValue(condition.level, unit)
      return t`below ${level}`
    }
    case 'outside': {
      const low = formatNumber(condition.low)
      const high = formatValue(condition.high, unit)
      return t`outside ${low} to ${high}`
    }
    case 'rate': {
      const change = formatValue(Math.abs(condition.per_minute), unit)
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
  const value = formatValue(shown, unit)
  return alert.state === 'resolved' ? t`${subject} up to ${value}, ${rule}` : t`${subject} ${value}, ${rule}`
}
