/** The server's words, by their short names. */

import type { components } from '@/generated/api'

type Schemas = components['schemas']

export type Role = Schemas['Role']
export type Severity = Schemas['Severity']
export type AlertState = Schemas['AlertState']
export type AlertEventKind = Schemas['AlertEventKind']
export type Me = Schemas['Me']
export type MySite = Schemas['SiteRole']
export type Site = Schemas['Site']
export type Zone = Schemas['Zone']
export type ListedZone = Schemas['ListedZone']
export type Member = Schemas['Member']
export type Token = Schemas['Token']
export type RtspToken = Schemas['RtspToken']
export type Server = Schemas['Server']
export type Invitation = Schemas['Invitation']
export type MyInvitation = Schemas['MyInvitation']
export type Timezone = Schemas['Timezone']
export type BrowserSession = Schemas['BrowserSession']
export type AuditEntry = Schemas['AuditEntry']
export type Metric = Schemas['Metric']
export type SiteMetric = Schemas['SiteMetric']
export type MetricName = Schemas['MetricName']
export type ReadyName = Schemas['ReadyName']
export type Series = Schemas['Series']
export type Hit = Schemas['Hit']
export type SiteOverview = Schemas['SiteOverview']
export type ZoneOverview = Schemas['ZoneOverview']
export type Sparklines = Schemas['Sparklines']
/** Of the series as a whole. first_ms: its first reading ever; raw_from_ms: from then on readings are kept. */
interface HistoryEnds {
  first_ms?: number | null
  raw_from_ms?: number
}
/** GET series/{id}/history; the schema cannot say that the tier decides the columns. */
export type History =
  | ({ tier: 'raw'; t: number[]; v: number[] } & HistoryEnds)
  | (HistoryEnds & {
      tier: Exclude<string, 'raw'>
      t: number[]
      min: (number | null)[]
      max: (number | null)[]
      avg: (number | null)[]
      n: number[]
    })
/** What is not known exactly, because only averages are left; the same twice where it is. */
export interface Bounds {
  low: number
  high: number
}
/** Measured at from_ms <= t <= to_ms: one instant, or somewhere in a bucket. */
export interface SummaryExtreme {
  value: number
  from_ms: number
  to_ms: number
}
export type SummaryCondition =
  | { kind: 'above' | 'below'; level: number }
  | { kind: 'outside'; low: number; high: number }
  | { kind: 'is'; value: number }
interface Figures {
  from_ms: number
  to_ms: number
  exact: boolean
  count: number
  first_ms: number | null
  last_ms: number | null
  min: SummaryExtreme | null
  max: SummaryExtreme | null
  mean: number | null
  with_data_ms: Bounds
  beyond: {
    condition: SummaryCondition
    time_ms: Bounds
    count: Bounds
    longest_ms: Bounds
    first_ms: number | null
    last_ms: number | null
  } | null
}
export type SummaryDay = Figures & { date: string }
/** GET series/{id}/summary: the figures of a range, and of each of its days at the site. */
export type Summary = Figures & {
  now_ms: number
  raw_from_ms: number
  days: SummaryDay[] | null
}
export type Device = Schemas['Device']
export type DeviceDetail = Schemas['DeviceDetail']
export type DeviceCreated = Schemas['DeviceWithSecret']
export type Quarantine = Schemas['Quarantine']
/** What an alert was raised by: a rule's condition, or a camera gone. */
export type Condition = Schemas['AlertCondition']
export type RuleCondition = Schemas['Condition']
export type Rule = Schemas['Rule']
export type TrialRequest = Schemas['TrialRequest']
export type Standing = Schemas['Standing']
export type Alert = Schemas['Alert']
export type AlertCounts = Schemas['AlertCounts']
export type Silence = Schemas['Silence']
export type Assignee = Schemas['Assignee']
export type AlertDetail = Schemas['AlertDetail']
/** One line of an alert's own history. */
export type AlertLogEntry = Schemas['AlertEvent']
/** An entry of the log as it goes over the socket. */
export type AlertEvent = Schemas['AlertFrame']
export type AlertEvents = Schemas['AlertLogPage']
export type Camera = Schemas['Camera']

/** The schema has no word for a row of three that are not alike. */
export type Snapshot = Omit<Schemas['Snapshot'], 'series'> & {
  series: [id: number, ts_ms: number, value: number | boolean | null][]
}
/** Why the server doubts its own clock, with the time expected and the time shown when the doubt arose. */
export type ClockDoubt = NonNullable<Snapshot['clock']>
