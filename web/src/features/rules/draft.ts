/** A rule while it is being written: text fields as typed, turned into the server's shape only when it is whole. */

import { formatInput, parseNumber } from '@/lib/i18n'
import type { Metric, RuleCondition, Rule, Series, Severity } from '@/lib/api/types'

/** The server's own default of a rate's window. */
const DEFAULT_WINDOW_SECONDS = 300

export type Kind = Exclude<RuleCondition['kind'], 'camera_offline'>
export type Direction = 'up' | 'down' | 'any'

export interface Draft {
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
  windowMinutes: string
  forSeconds: string
  severity: Severity
  enabled: boolean
}

export const NEW_DRAFT: Draft = {
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
  windowMinutes: '5',
  forSeconds: '60',
  severity: 'warning',
  enabled: true,
}

export function draftOf(rule: Rule): Draft {
  const { condition } = rule
  const scope =
    rule.series !== null ? `series:${rule.series}` : rule.device !== null ? `device:${rule.device}` : ''
  const draft: Draft = {
    ...NEW_DRAFT,
    name: rule.name,
    metric: rule.metric,
    scope,
    severity: rule.severity,
    enabled: rule.enabled,
    forSeconds: formatInput('for_seconds' in condition ? (condition.for_seconds ?? 0) : 0),
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
    case 'rate':
      return {
        ...draft,
        kind: 'rate',
        perMinute: formatInput(condition.per_minute),
        direction: condition.direction ?? 'any',
        windowMinutes: formatInput((condition.window_seconds ?? DEFAULT_WINDOW_SECONDS) / 60),
      }
    case 'no_data':
    case 'is_true':
      return { ...draft, kind: condition.kind }
  }
}

export type DraftErrors = Partial<Record<keyof Draft, 'number' | 'order' | 'missing'>>

/** The condition, or which tokens stand in its way. */
export function conditionOf(draft: Draft): { condition: RuleCondition } | { errors: DraftErrors } {
  const errors: DraftErrors = {}
  const read = (
    key: 'level' | 'low' | 'high' | 'margin' | 'perMinute' | 'windowMinutes' | 'forSeconds',
  ): number => {
    const value = parseNumber(draft[key])
    if (value === null) errors[key] = 'number'
    return value ?? 0
  }
  const condition = build(draft, read, errors)
  return Object.keys(errors).length > 0 ? { errors } : { condition }
}

type Read = (
  key: 'level' | 'low' | 'high' | 'margin' | 'perMinute' | 'windowMinutes' | 'forSeconds',
) => number

function build(draft: Draft, read: Read, errors: DraftErrors): RuleCondition {
  const seconds = Math.round(read('forSeconds'))
  if (seconds < (draft.kind === 'no_data' ? 1 : 0) || seconds > 86_400) errors.forSeconds = 'order'
  switch (draft.kind) {
    case 'above':
    case 'below': {
      const level = read('level')
      const clear = draft.clear.trim() === '' ? level : parseNumber(draft.clear)
      if (clear === null) errors.clear = 'number'
      else if (draft.kind === 'above' ? clear > level : clear < level) errors.clear = 'order'
      return { kind: draft.kind, level, clear: clear ?? level, for_seconds: seconds }
    }
    case 'outside': {
      const [low, high, margin] = [read('low'), read('high'), read('margin')]
      if (!errors.low && !errors.high && low >= high) errors.high = 'order'
      if (!errors.margin && (margin < 0 || low + margin > high - margin)) errors.margin = 'order'
      return { kind: 'outside', low, high, clear: margin, for_seconds: seconds }
    }
    case 'rate': {
      const perMinute = read('perMinute')
      if (!errors.perMinute && perMinute <= 0) errors.perMinute = 'order'
      const windowSeconds = Math.round(read('windowMinutes') * 60)
      if (!errors.windowMinutes && (windowSeconds < 1 || windowSeconds > 86_400))
        errors.windowMinutes = 'order'
      const { direction } = draft
      return {
        kind: 'rate',
        per_minute: perMinute,
        direction,
        window_seconds: windowSeconds,
        for_seconds: seconds,
      }
    }
    case 'no_data':
    case 'is_true':
      return { kind: draft.kind, for_seconds: seconds }
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

/** The series that a draft would watch today. */
export function watched(draft: Draft, series: readonly Series[]): Series[] {
  const { device, series: id } = scopeOf(draft)
  return series.filter((each) =>
    id !== null
      ? each.id === id
      : each.metric === draft.metric && (device === null || each.device === device),
  )
}

/** By the kind of the series that the draft watches, else of any with its metric, else by the server's catalogue. */
export function isBinary(draft: Draft, series: readonly Series[], metrics: readonly Metric[]): boolean {
  const hasMetric = (each: Series | Metric) => each.metric === draft.metric
  const known = watched(draft, series)[0] ?? series.find(hasMetric) ?? metrics.find(hasMetric)
  return known?.kind === 'binary'
}

/** Another metric has other places and, between a number and a state, other conditions. */
export function changeMetric(
  draft: Draft,
  series: readonly Series[],
  metrics: readonly Metric[],
  metric: string,
): Partial<Draft> {
  const kinds = kindsFor(isBinary({ ...draft, metric, scope: '' }, series, metrics))
  const kind = kinds.includes(draft.kind) ? draft.kind : (kinds[0] ?? draft.kind)
  return { metric, kind, scope: '', forSeconds: kind === 'is_true' ? '0' : draft.forSeconds }
}
