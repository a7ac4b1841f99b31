/** What of the alerts is listed; kept in the address, so that it can be sent to somebody and survives a reload. */

import type { Alert, Severity } from '@/lib/api/types'
import { matches } from '@/lib/fold'
import { metricWord } from '@/lib/metricWords'
import { alertTitle } from '@/lib/words'

export type Filter = 'all' | 'open' | 'acknowledged' | 'resolved'

export const FILTERS: readonly Filter[] = ['all', 'open', 'acknowledged', 'resolved']
export const SEVERITIES: readonly Severity[] = ['critical', 'warning', 'info']

/** Empty: whichever. */
export interface Filters {
  state: Filter
  severity: Severity | ''
  /** An id. */
  zone: string
  device: string
  text: string
  /** Only what is assigned to the one who looks. */
  mine: boolean
  /** Days, both included: `2026-11-26`. */
  from: string
  to: string
}

export const EVERYTHING: Filters = {
  state: 'all',
  severity: '',
  zone: '',
  device: '',
  text: '',
  mine: false,
  from: '',
  to: '',
}

const DAY = /^\d{4}-\d{2}-\d{2}$/

export function filtersOf(search: URLSearchParams): Filters {
  const day = (name: string) => {
    const text = search.get(name) ?? ''
    return DAY.test(text) ? text : ''
  }
  return {
    state: FILTERS.find((filter) => filter === search.get('state')) ?? 'all',
    severity: SEVERITIES.find((severity) => severity === search.get('severity')) ?? '',
    zone: /^\d+$/.exec(search.get('zone') ?? '')?.[0] ?? '',
    device: search.get('device') ?? '',
    text: search.get('q') ?? '',
    mine: search.has('mine'),
    from: day('from'),
    to: day('to'),
  }
}

export function searchOf({ state, severity, zone, device, text, mine, from, to }: Filters): URLSearchParams {
  const named = {
    state: state === 'all' ? '' : state,
    severity,
    zone,
    device,
    q: text,
    mine: mine ? '1' : '',
    from,
    to,
  }
  return new URLSearchParams(Object.entries(named).filter(([, value]) => value !== ''))
}

/** Whether more than the state is asked for. */
export function isNarrowed(filters: Filters): boolean {
  return searchOf({ ...filters, state: 'all' }).size > 0
}

/** What the filters mean here: who looks, the name of the zone, the days as moments. */
export interface Meaning {
  username: string
  zoneName: string
  fromMs: number | null
  /** The first moment after. */
  toMs: number | null
}

/** As the server filters, of alerts that the page has at hand. */
export function isWanted(alert: Alert, filters: Filters, meaning: Meaning): boolean {
  const { zone, device, text } = filters
  return (
    isStillWanted(alert, filters, meaning) &&
    (zone === '' || alert.zone === meaning.zoneName) &&
    (device === '' || alert.device === device) &&
    (meaning.fromMs === null || alert.resolved_ms === null || alert.resolved_ms >= meaning.fromMs) &&
    (meaning.toMs === null || alert.opened_ms < meaning.toMs) &&
    (text === '' ||
      matches(text, [
        alertTitle(alert),
        alert.zone,
        alert.device_name,
        alert.metric,
        metricWord(alert.metric),
      ]))
  )
}

/** Of one that the server found: what may have changed since. */
export function isStillWanted(
  alert: Alert,
  { state, severity, mine }: Filters,
  { username }: Meaning,
): boolean {
  return (
    (state === 'all' || alert.state === state) &&
    (severity === '' || alert.severity === severity) &&
    (!mine || alert.assigned_username === username)
  )
}

export function filterByState(alerts: readonly Alert[], filter: Filter): readonly Alert[] {
  return filter === 'all' ? alerts : alerts.filter(({ state }) => state === filter)
}
