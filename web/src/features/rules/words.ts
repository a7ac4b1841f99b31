/** Rules in words. */

import { t } from '@lingui/core/macro'

import type { Rule, Series } from '@/lib/api/types'
import { binaryWord, metricWord } from '@/lib/metricWords'
import { conditionWords, heldWords, readyName } from '@/lib/words'

import type { Draft, DraftErrors, Flaw, Kind } from './draft'
import { scheduleWords } from './schedule'

export function ruleName({ name, name_code: code }: Pick<Rule, 'name' | 'name_code'>): string {
  return readyName(name, code)
}

/** What of a rule its sentence tells. */
type Described = Pick<Rule, 'metric' | 'condition' | 'schedule' | 'applies'>

/** `Temperature above 35 °C for 1 min, the whole site; 22:00 to 06:00`. */
export function ruleWords(rule: Described, { unit, place }: Pick<Rule['watched'], 'unit' | 'place'>): string {
  const condition = conditionWords(rule.condition, unit, rule.metric)
  const subject = metricWord(rule.metric)
  const times = scheduleWords(rule)
  const held = [describeState(rule, subject, condition), heldWords(rule.condition)].filter(Boolean).join(' ')
  const words = `${held}, ${place || t`the whole site`}`
  return times ? `${words}; ${times}` : words
}

/** `Door open`; `Smoke`, where the state says what it is about. */
function describeState({ condition, metric }: Described, subject: string, words: string): string {
  if (condition.kind !== 'is_true') return `${subject} ${words}`
  const state = binaryWord(metric, true)
  if (state.toLowerCase().includes(subject.toLowerCase())) return state
  return DOORS.has(metric) ? `${subject} ${words}` : `${subject}: ${words}`
}

const DOORS: ReadonlySet<string> = new Set(['door', 'window', 'contact'])

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
      return t({ message: 'is true', context: 'rule' })
  }
}

/** What is wrong with each token, in the order of the sentence. */
export function errorSentences(errors: DraftErrors, kind: Kind): [field: string, sentence: string][] {
  return (Object.entries(errors) as [keyof Draft, Flaw][])
    .sort(([a], [b]) => ORDER.indexOf(a) - ORDER.indexOf(b))
    .map(([field, flaw]) => [field, errorSentence(field, flaw, kind)])
}

const ORDER: readonly (keyof Draft)[] = [
  'name',
  'level',
  'low',
  'high',
  'perMinute',
  'windowAmount',
  'forAmount',
  'clear',
  'margin',
  'start',
  'end',
  'days',
]

function errorSentence(field: keyof Draft, flaw: Flaw, kind: Kind): string {
  if (field === 'name') return t`Name the rule.`
  if (field === 'days') return t`Choose at least one day.`
  const token = tokenWord(field)
  if (field === 'start' || field === 'end') return t`${token}: write a time such as 22:00.`
  switch (flaw) {
    case 'missing':
      return t`${token}: fill it in.`
    case 'number':
      return t`${token}: put in a number.`
    case 'short':
      return t`${token}: at least 1 second.`
    case 'long':
      return t`${token}: 24 hours at most.`
    case 'order':
      return orderSentence(field, kind)
  }
}

function orderSentence(field: keyof Draft, kind: Kind): string {
  switch (field) {
    case 'clear':
      return kind === 'above'
        ? t`The clear level must be lower than the raise level.`
        : t`The clear level must be higher than the raise level.`
    case 'high':
      return t`The upper level must be greater than the lower one.`
    case 'margin':
      return t`The hysteresis must be 0 or more, and leave room between the two levels.`
    default:
      return t`The change a minute must be greater than 0.`
  }
}

function tokenWord(field: keyof Draft): string {
  switch (field) {
    case 'level':
      return t`Raise level`
    case 'clear':
      return t`Clear level`
    case 'low':
      return t`Lower level`
    case 'high':
      return t`Upper level`
    case 'margin':
      return t`Hysteresis`
    case 'perMinute':
      return t`Change a minute`
    case 'windowAmount':
      return t`Window`
    case 'start':
      return t`Start`
    case 'end':
      return t`End`
    default:
      return t`Duration`
  }
}
