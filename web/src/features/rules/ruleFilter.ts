/** Which rules the list shows, and in which order. */

import type { Rule } from '@/lib/api/types'
import { matches } from '@/lib/fold'
import { ruleName } from './words'

export const STATES = ['all', 'on', 'off', 'open'] as const
export type RuleState = (typeof STATES)[number]

interface Filter {
  sought: string
  state: RuleState
  /** Rules that have an open alert. */
  open: ReadonlySet<number | null>
  words: (rule: Rule) => string
}

export function isUnusedTemplate({ template, enabled }: Rule): boolean {
  return template !== '' && !enabled
}

export function selectRules(rules: readonly Rule[], { sought, state, open, words }: Filter): Rule[] {
  return rules.filter((rule) => {
    if (state === 'on' && !rule.enabled) return false
    if (state === 'off' && rule.enabled) return false
    if (state === 'open' && !open.has(rule.id)) return false
    return matches(sought, [ruleName(rule), words(rule)])
  })
}
