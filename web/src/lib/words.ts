/** The words of the product for what the server names by code. */

import { t } from '@lingui/core/macro'
import type { Alert, AlertState, Condition, Role, Severity } from './api/types'
import type { FreshnessState } from './freshness'
import { formatDuration, formatNumber, formatValue } from './i18n'

export function severityWord(severity: Severity): string {
  switch (severity) {
    case 'critical':
      return t`Nghiêm trọng`
    case 'warning':
      return t({ message: 'Cảnh báo', context: 'severity' })
    case 'info':
      return t`Thông tin`
  }
}

export function alertStateWord(state: AlertState): string {
  switch (state) {
    case 'open':
      return t`Đang mở`
    case 'acknowledged':
      return t`Đã nhận`
    case 'resolved':
      return t`Đã xong`
  }
}

export function freshnessWord(state: FreshnessState): string {
  switch (state) {
    case 'fresh':
      return t`tươi`
    case 'late':
    case 'skewed':
      return t`trễ`
    case 'stale':
      return t`cũ`
    case 'none':
      return t`chưa có số`
  }
}

export function roleWord(role: Role): string {
  switch (role) {
    case 'owner':
      return t`chủ điểm`
    case 'operator':
      return t`người trực`
    case 'viewer':
      return t`người xem`
  }
}

/** What the two states of a binary metric are called. */
export function binaryWord(metric: string, on: boolean): string {
  switch (metric) {
    case 'door':
    case 'window':
    case 'contact':
      return on ? t({ message: 'Mở', context: 'door' }) : t({ message: 'Đóng', context: 'door' })
    case 'water_leak':
      return on ? t({ message: 'Ướt', context: 'leak' }) : t({ message: 'Khô', context: 'leak' })
    case 'smoke':
      return on ? t`Có khói` : t`Không khói`
    case 'gas':
      return on ? t`Có khí` : t`Không rò`
    case 'motion':
    case 'vibration':
      return on ? t`Chuyển động` : t({ message: 'Yên', context: 'motion' })
    case 'occupancy':
    case 'presence':
      return on ? t`Có người` : t`Vắng`
    case 'alarm':
    case 'tamper':
      return on ? t`Báo động` : t({ message: 'Yên', context: 'alarm' })
    case 'relay':
    case 'power_on':
      return on ? t({ message: 'Bật', context: 'relay' }) : t({ message: 'Tắt', context: 'relay' })
    default:
      return on ? t({ message: 'Có', context: 'binary' }) : t({ message: 'Không', context: 'binary' })
  }
}

/** A metric's name where no series says its own. */
export function metricWord(metric: string): string {
  switch (metric) {
    case 'temperature':
      return t`Nhiệt độ`
    case 'humidity':
      return t`Độ ẩm`
    case 'pressure':
      return t`Áp suất`
    case 'nh3':
      return t`Khí NH₃`
    case 'co2':
      return 'CO₂'
    case 'illuminance':
      return t`Độ sáng`
    case 'soil_moisture':
      return t`Độ ẩm đất`
    case 'voltage':
      return t`Điện áp`
    case 'current':
      return t`Dòng điện`
    case 'power':
      return t`Công suất`
    case 'energy':
      return t`Điện năng`
    case 'battery':
      return t`Pin`
    case 'water_level':
      return t`Mực nước`
    case 'motion':
      return t`Chuyển động`
    case 'smoke':
      return t({ message: 'Khói', context: 'metric' })
    case 'water_leak':
      return t`Rò nước`
    case 'door':
      return t({ message: 'Cửa', context: 'metric' })
    default: {
      const words = metric.replaceAll('_', ' ')
      return words.charAt(0).toUpperCase() + words.slice(1)
    }
  }
}

/** A reading in words: `8,6 °C`, `Mở`. */
export function valueWords(kind: 'number' | 'binary', metric: string, value: number, unit: string): string {
  return kind === 'binary' ? binaryWord(metric, value !== 0) : formatValue(value, unit)
}

/** When the alert is raised, without its subject: `trên 8 °C`, `không có số quá 2 phút`. */
export function conditionWords(condition: Condition, unit: string, metric = ''): string {
  switch (condition.kind) {
    case 'above': {
      const level = formatValue(condition.level, unit)
      return t`trên ${level}`
    }
    case 'below': {
      const level = formatValue(condition.level, unit)
      return t`dưới ${level}`
    }
    case 'outside': {
      const low = formatNumber(condition.low)
      const high = formatValue(condition.high, unit)
      return t`ngoài ${low} đến ${high}`
    }
    case 'rate': {
      const change = formatValue(Math.abs(condition.per_minute), unit)
      return t`đổi quá ${change} mỗi phút`
    }
    case 'no_data': {
      const time = formatDuration(condition.for_seconds * 1000)
      return t`quá ${time} không có số`
    }
    case 'is_true':
      return binaryWord(metric, true).toLowerCase()
    case 'camera_offline':
      return t`camera không gửi hình`
  }
}

/** The second line of an alert in a list: what was measured against what. */
export function alertDetailWords(alert: Alert): string {
  const { condition, unit, metric } = alert
  const subject = metric ? metricWord(metric) : alert.camera
  const rule = conditionWords(condition, unit, metric)
  if (condition.kind === 'camera_offline') return t`Camera không gửi hình`
  if (condition.kind === 'is_true' || condition.kind === 'no_data') return `${subject}: ${rule}`
  const shown = alert.state === 'resolved' ? alert.peak : alert.value
  if (shown === null) return `${subject} ${rule}`
  const value = formatValue(shown, unit)
  return alert.state === 'resolved' ? t`${subject} tới ${value}, ${rule}` : t`${subject} ${value}, ${rule}`
}
