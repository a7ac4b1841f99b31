/** Rules in words. */

import { t } from '@lingui/core/macro'

import type { Rule, Series } from '@/lib/api/types'
import { formatDuration } from '@/lib/i18n'
import { conditionWords, metricWord } from '@/lib/words'

import type { DraftErrors, Kind } from './draft'

/** The ready rules are named in the reader's language until somebody names them otherwise. */
const READY_NAMES: Record<string, string> = {
  temperature_high: 'Nhiệt độ cao',
  motion: 'Có chuyển động',
  smoke: 'Có khói',
  water_leak: 'Rò nước',
}

export function ruleName(rule: Pick<Rule, 'name' | 'template'>): string {
  if (READY_NAMES[rule.template] !== rule.name) return rule.name
  switch (rule.template) {
    case 'temperature_high':
      return t`Nhiệt độ cao`
    case 'motion':
      return t`Có chuyển động`
    case 'smoke':
      return t`Có khói`
    default:
      return t`Rò nước`
  }
}

/** `Nhiệt độ trên 35 °C trong 1 phút, cả điểm`. */
export function ruleWords(rule: Rule, series: readonly Series[]): string {
  const one = series.find((each) => each.id === rule.series)
  const unit = (one ?? series.find((each) => each.metric === rule.metric))?.unit ?? ''
  const seconds = 'for_seconds' in rule.condition ? (rule.condition.for_seconds ?? 0) : 0
  const duration = formatDuration(seconds * 1000)
  const held = seconds > 0 && rule.condition.kind !== 'no_data' ? ` ${t`trong ${duration}`}` : ''
  const device = series.find((each) => each.device === rule.device)?.device_name ?? rule.device
  const place = one ? placeOf(one) : (device ?? t`cả điểm`)
  const condition = conditionWords(rule.condition, unit, rule.metric)
  const subject = metricWord(rule.metric)
  return `${subject}${rule.condition.kind === 'is_true' ? ':' : ''} ${condition}${held}, ${place}`
}

export function placeOf(series: Series): string {
  return series.zone?.name ?? series.device_name
}

export function kindWords(kind: Kind): string {
  switch (kind) {
    case 'above':
      return t({ message: 'trên', context: 'rule' })
    case 'below':
      return t({ message: 'dưới', context: 'rule' })
    case 'outside':
      return t({ message: 'ngoài khoảng', context: 'rule' })
    case 'rate':
      return t({ message: 'đổi nhanh hơn', context: 'rule' })
    case 'no_data':
      return t({ message: 'không có số', context: 'rule' })
    case 'is_true':
      return t({ message: 'chuyển sang', context: 'rule' })
  }
}

export function errorWords(errors: DraftErrors): string {
  const first = Object.entries(errors)[0]
  if (!first) return ''
  const [key, error] = first
  if (error === 'missing') return t`Đặt tên cho quy tắc.`
  if (error === 'number') return t`Điền một số vào ô đang viền đỏ.`
  if (key === 'clear') return t`Mức hết phải nằm về phía bình thường của mức báo.`
  if (key === 'high') return t`Mức trên phải lớn hơn mức dưới.`
  return t`Số ở ô đang viền đỏ nằm ngoài khoảng cho phép.`
}
