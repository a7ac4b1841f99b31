/** Which rules speak about a series, and where their levels lie. */

import type { Rule, Series } from './api/types'

export function rulesOfSeries(series: Series, rules: readonly Rule[]): Rule[] {
  return rules.filter(
    (rule) =>
      rule.enabled &&
      (rule.series !== null
        ? rule.series === series.id
        : rule.metric === series.metric && (rule.device === null || rule.device === series.device)),
  )
}

export interface Threshold {
  level: number
  severity: Rule['severity']
}

/** The levels to draw, worst severity first. */
export function thresholdsOf(rules: readonly Rule[]): Threshold[] {
  const rank = { critical: 0, warning: 1, info: 2 }
  return rules
    .flatMap(({ condition, severity }): Threshold[] => {
      if (condition.kind === 'above' || condition.kind === 'below')
        return [{ level: condition.level, severity }]
      if (condition.kind === 'outside')
        return [
          { level: condition.low, severity },
          { level: condition.high, severity },
        ]
      return []
    })
    .sort((a, b) => rank[a.severity] - rank[b.severity])
}
