/** The times in which an alert was raised; between them it was not beyond its level. */

import type { Alert } from './api/types'

export interface Span {
  from: number
  /** Null while it lasts. */
  to: number | null
}

export function spansOf(alert: Alert): Span[] {
  const spans = alert.spans.flatMap(([from, to]) =>
    from === null || from === undefined ? [] : [{ from, to: to ?? null }],
  )
  return spans.length > 0 ? spans : [{ from: alert.opened_ms, to: alert.resolved_ms }]
}

/** How long it was raised in all. */
export function raisedMs(alert: Alert, now: number): number {
  return spansOf(alert).reduce((sum, { from, to }) => sum + Math.max(0, (to ?? now) - from), 0)
}
