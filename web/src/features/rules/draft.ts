/** A rule while it is being written: text fields as typed, turned into the server's shape only when it is whole. */

import { formatInput, parseNumber } from '@/lib/i18n'
import { durationOf, secondsOf, type Unit } from './duration'
import { ALWAYS, scheduleOf, timesOf, type Times } from './schedule'
import type { RuleCondition, Rule, Severity } from '@/lib/api/types'

/** The server's own default of a rate's window. */
const DEFAULT_WINDOW_SECONDS = 300

export type Kind = Exclude<RuleCondition['kind'], 'camera_offline'>
export type Direction = 'up' | 'down' | 'any'

export interface Draft extends Times {
  name: string
  metric: string
  /** '' the whole site; 'device:<id>'; 'series:<id>'. */
  scope: string
  kind: Kind
  level: string
  clear: string
  low: string
  high: string
  margin: string
  perMinute: string
  direction: Direction
  windowAmount: string
  windowUnit: Unit
  forAmount: string
  forUnit: Unit
  severity: Severity
}

export const NEW_DRAFT: Draft = {
  ...ALWAYS,
  name: '',
  metric: 'temperature',
  scope: '',
  kind: 'above',
  level: '',
  clear: '',
  low: '',
  high: '',
  margin: '0',
  perMinute: '',
  direction: 'any',
  windowAmount: '5',
  windowUnit: 'min',
  forAmount: '1',
  forUnit: 'min',
  severity: 'warning',
}

const NUMBERS = [
  'level',
  'clear',
  'low',
  'high',
  'margin',
  'perMinute',
  'windowAmount',
  'forAmount',
] as const satisfies readonly (keyof Draft)[]

/** The same draft with the decimal mark of the page's language; what is no number stays as it was typed. */
export function withMarks(draft: Draft): Draft {
  const written = { ...draft }
  for (const field of NUMBERS) {
    const value = parseNumber(draft[field])
    if (value !== null) written[field] = formatInput(value)
  }
  return written
}

type Written = Pick<Rule, 'name' | 'metric' | 'severity' | 'condition' | 'schedule' | 'applies'> & {
  device: string | null
  series: number | null
}

export function draftOf(rule: Written): Draft {
  const { condition } = rule
  const held = durationOf('for_seconds' in condition ? (condition.for_seconds ?? 0) : 0)
  const scope =
    rule.series !== null ? `series:${rule.series}` : rule.device !== null ? `device:${rule.device}` : ''
  const draft: Draft = {
    ...NEW_DRAFT,
    ...timesOf(rule),
    name: rule.name,
    metric: rule.metric,
    scope,
    severity: rule.severity,
    forAmount: held.amount,
    forUnit: held.unit,
  }
  switch (condition.kind) {
    case 'above':
    case 'below':
      return {
        ...draft,
        kind: condition.kind,
        level: formatInput(condition.level),
        clear: formatInput(condition.clear),
      }
    case 'outside': {
      const { low, high, clear } = condition
      return {
        ...draft,
        kind: 'outside',
        low: formatInput(low),
        high: formatInput(high),
        margin: formatInput(clear ?? 0),
      }
    }
    case 'rate': {
      const window = durationOf(condition.window_seconds ?? DEFAULT_WINDOW_SECONDS)
      return {
        ...draft,
        kind: 'rate',
        perMinute: formatInput(condition.per_minute),
        direction: condition.direction ?? 'any',
        windowAmount: window.amount,
        windowUnit: window.unit,
      }
    }
    case 'no_data':
    case 'is_true':
      return { ...draft, kind: condition.kind }
  }
}

export type Flaw = 'number' | 'order' | 'missing' | 'short' | 'long'
export type DraftErrors = Partial<Record<keyof Draft, Flaw>>

const LONGEST_SECONDS = 86_400

/** All that the server has to know of the rule, or which tokens stand in its way. */
export function ruleOf(draft: Draft): { rule: NewRule } | { errors: DraftErrors } {
  const errors: DraftErrors = draft.name.trim() === '' ? { name: 'missing' } : {}
  const found = conditionOf(draft)
  if ('errors' in found) Object.assign(errors, found.errors)
  if (draft.scheduled) {
    if (draft.start === '') errors.start = 'missing'
    if (draft.end === '') errors.end = 'missing'
    if (draft.days.length === 0) errors.days = 'missing'
  }
  if (!('condition' in found) || Object.keys(errors).length > 0) return { errors }
  const { name, metric, severity, applies } = draft
  const { condition } = found
  const schedule = scheduleOf(draft)
  return {
    rule: { name: name.trim(), metric, severity, applies, condition, schedule, ...scopeOf(draft) },
  }
}

export type NewRule = Omit<Written, 'severity'> & { severity: Severity }

/** The condition, or which tokens stand in its way. */
export function conditionOf(draft: Draft): { condition: RuleCondition } | { errors: DraftErrors } {
  const errors: DraftErrors = {}
  const read: Read = {
    number: (key) => {
      const value = parseNumber(draft[key])
      if (value === null) errors[key] = draft[key].trim() === '' ? 'missing' : 'number'
      return value ?? 0
    },
    seconds: (key, least) => {
      const unit = key === 'forAmount' ? draft.forUnit : draft.windowUnit
      const value = secondsOf({ amount: draft[key], unit })
      if (value === null) errors[key] = draft[key].trim() === '' ? 'missing' : 'number'
      else if (value < least) errors[key] = 'short'
      else if (value > LONGEST_SECONDS) errors[key] = 'long'
      return value ?? 0
    },
  }
  const condition = build(draft, read, errors)
  return Object.keys(errors).length > 0 ? { errors } : { condition }
}

interface Read {
  number: (key: 'level' | 'low' | 'high' | 'margin' | 'perMinute') => number
  seconds: (key: 'forAmount' | 'windowAmount', least: number) => number
}

function build(draft: Draft, read: Read, errors: DraftErrors): RuleCondition {
  switch (draft.kind) {
    case 'above':
    case 'below': {
      const level = read.number('level')
      const for_seconds = read.seconds('forAmount', 0)
      const clear = draft.clear.trim() === '' ? level : parseNumber(draft.clear)
      if (clear === null) errors.clear = 'number'
      else if (!errors.level && (draft.kind === 'above' ? clear > level : clear < level))
        errors.clear = 'order'
      return { kind: draft.kind, level, clear: clear ?? level, for_seconds }
    }
    case 'outside': {
      const [low, high, margin] = [read.number('low'), read.number('high'), read.number('margin')]
      const for_seconds = read.seconds('forAmount', 0)
      if (!errors.low && !errors.high && low >= high) errors.high = 'order'
      else if (!errors.margin && (margin < 0 || low + margin > high - margin)) errors.margin = 'order'
      return { kind: 'outside', low, high, clear: margin, for_seconds }
    }
    case 'rate': {
      const per_minute = read.number('perMinute')
      if (!errors.perMinute && per_minute <= 0) errors.perMinute = 'order'
      const window_seconds = read.seconds('windowAmount', 1)
      const for_seconds = read.seconds('forAmount', 0)
      return { kind: 'rate', per_minute, direction: draft.direction, window_seconds, for_seconds }
    }
    case 'no_data':
      return { kind: 'no_data', for_seconds: read.seconds('forAmount', 1) }
    case 'is_true':
      return { kind: 'is_true', for_seconds: read.seconds('forAmount', 0) }
  }
}

/** Where the draft's rule looks, as the server wants it. */
export function scopeOf(draft: Draft): { device: string | null; series: number | null } {
  const [kind, id = ''] = draft.scope.split(/:(.*)/, 2)
  return { device: kind === 'device' ? id : null, series: kind === 'series' ? Number(id) : null }
}

/** Kinds that make sense for a metric. */
export function kindsFor(binary: boolean): readonly Kind[] {
  return binary ? ['is_true', 'no_data'] : ['above', 'below', 'outside', 'rate', 'no_data']
}

/** Another metric has other places and, between a number and a state, other conditions. */
export function changeMetric(draft: Draft, binary: boolean, metric: string): Partial<Draft> {
  const kinds = kindsFor(binary)
  const kind = kinds.includes(draft.kind) ? draft.kind : (kinds[0] ?? draft.kind)
  return { metric, kind, scope: '', ...(kind === 'is_true' ? { forAmount: '0' } : {}) }
}
