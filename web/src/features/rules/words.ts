/** Rules in words. */

import { t } from '@lingui/core/macro'

import type { Rule, Series } from '@/lib/api/types'
import { formatDuration } from '@/lib/i18n'
import { metricWord } from '@/lib/metricWords'
import { conditionWords } from '@/lib/words'

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
      return t`High temperature`
    case 'motion':
      return t({ message: 'Motion', context: 'rule' })
    case 'smoke':
      return t`Smoke`
    default:
      return t`Water leak`
  }
}

/** `Temperature above 35 °C for 1 min, the whole site`. */
export function ruleWords(rule: Rule, series: readonly Series[]): string {
  const one = series.find((each) => each.id === rule.series)
  const unit = (one ?? series.find((each) => each.metric === rule.metric))?.unit ?? ''
  const seconds = 'for_seconds' in rule.condition ? (rule.condition.for_seconds ?? 0) : 0
  const duration = formatDuration(seconds * 1000)
  const held = seconds > 0 && rule.condition.kind !== 'no_data' ? ` ${t`for ${duration}`}` : ''
  const device = series.find((each) => each.device === rule.device)?.device_name ?? rule.device
  const place = one ? placeOf(one) : (device ?? t`the whole site`)
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
      return t({ message: 'above', context: 'rule' })
    case 'below':
      return t({ message: 'below', context: 'rule' })
    case 'outside':
      return t({ message: 'outside', context: 'rule' })
    case 'rate':
      return t({ message: 'changes faster than', context: 'rule' })
    case 'no_data':
      return t({ message: 'no data', context: 'rule' })
    case 'is_true':
      return t({ message: 'turns to', context: 'rule' })
  }
}

export function errorWords(errors: DraftErrors): string {
  const first = Object.entries(errors)[0]
  if (!first) return ''
  const [key, error] = first
  if (error === 'missing') return t`Name the rule.`
  if (error === 'number') return t`Put a number into the field with the red border.`
  if (key === 'clear') return t`The clear level must lie on the normal side of the raise level.`
  if (key === 'high') return t`The upper level must be greater than the lower one.`
  return t`The number in the field with the red border is out of range.`
}
