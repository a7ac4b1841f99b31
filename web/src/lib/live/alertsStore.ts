/** The alerts of a site as the page knows them: read once, then moved on by numbered events. */

import type { Alert, AlertCounts, AlertEvent } from '../api/types'
import { Listeners } from '../listeners'

export interface AlertsView {
  loaded: boolean
  failed: boolean
  /** Newest first. */
  alerts: readonly Alert[]
  /** Open and acknowledged, worst first, then newest. */
  active: readonly Alert[]
  /** Of the active ones the first, by series. */
  bySeries: ReadonlyMap<number, Alert>
  /** By the server: a list may hold only the newest of them. Null before the first answer. */
  counts: AlertCounts | null
}

const SEVERITY_RANK = { critical: 0, warning: 1, info: 2 } as const
const STATE_RANK = { open: 0, acknowledged: 1, resolved: 2 } as const

/** Open before acknowledged before resolved; what still burns by severity, what is over by time. */
export function byTrouble(a: Alert, b: Alert): number {
  const severity = a.state === 'resolved' ? 0 : SEVERITY_RANK[a.severity] - SEVERITY_RANK[b.severity]
  return STATE_RANK[a.state] - STATE_RANK[b.state] || severity || b.opened_ms - a.opened_ms
}

/** As the server counts. */
export function countActive(active: readonly Alert[]): AlertCounts {
  const counts = { active: 0, open: 0, acknowledged: 0, silenced: 0, critical: 0, warning: 0, info: 0 }
  for (const { state, severity, silenced_until_ms: silenced } of active) {
    if (state === 'resolved') continue
    counts.active += 1
    counts[state] += 1
    counts[severity] += 1
    if (state === 'open' && silenced !== null) counts.silenced += 1
  }
  return counts
}

const EMPTY: AlertsView = {
  loaded: false,
  failed: false,
  alerts: [],
  active: [],
  bySeries: new Map(),
  counts: null,
}

export class AlertsStore {
  private readonly byId = new Map<number, Alert>()
  private readonly listeners = new Listeners()
  private view = EMPTY
  private sorted = true
  /** Counts of earlier events are known to be old. */
  private countedTo = 0

  /** Sorted when somebody looks, not with each of many events. */
  getView = (): AlertsView => {
    if (!this.sorted) this.sort()
    return this.view
  }

  readonly subscribe = this.listeners.subscribe

  get(id: number): Alert | undefined {
    return this.byId.get(id)
  }

  /** Replaces everything, for a first read or a new log. */
  load(alerts: readonly Alert[], counts: (AlertCounts & { seq: number }) | null = null): void {
    this.byId.clear()
    for (const alert of alerts) this.put(alert)
    this.countedTo = counts?.seq ?? 0
    this.publish({ loaded: true, failed: false, counts })
  }

  failed(): void {
    this.publish({ failed: true })
  }

  /** An answer of the server about one alert, for instance to our own acknowledgement. */
  merge(alert: Alert): void {
    if (this.put(alert)) this.publish()
  }

  apply(event: AlertEvent): void {
    const known = event.counts !== undefined && event.seq >= this.countedTo
    if (known) this.countedTo = event.seq
    const put = this.put({ ...event.alert, last_seq: Math.max(event.seq, event.alert.last_seq) })
    if (put || known) this.publish(known ? { counts: event.counts } : {})
  }

  /** False when we know something newer already. */
  private put(alert: Alert): boolean {
    const known = this.byId.get(alert.id)
    if (known && known.last_seq > alert.last_seq) return false
    this.byId.set(alert.id, alert)
    return true
  }

  private publish(change: Partial<AlertsView> = {}): void {
    this.view = { ...this.view, ...change }
    this.sorted = false
    this.listeners.notify()
  }

  private sort(): void {
    const alerts = [...this.byId.values()].sort((a, b) => b.opened_ms - a.opened_ms || b.id - a.id)
    const active = alerts.filter((alert) => alert.state !== 'resolved').sort(byTrouble)
    const bySeries = new Map<number, Alert>()
    for (const alert of active)
      if (alert.series !== null && !bySeries.has(alert.series)) bySeries.set(alert.series, alert)
    this.view = { ...this.view, alerts, active, bySeries }
    this.sorted = true
  }
}
