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
export type Invitation = Schemas['Invitation']
export type MyInvitation = Schemas['MyInvitation']
export type Timezone = Schemas['Timezone']
export type BrowserSession = Schemas['BrowserSession']
export type AuditEntry = Schemas['AuditEntry']
export type Metric = Schemas['Metric']
export type MetricName = Schemas['MetricName']
export type Series = Schemas['Series']
export type SiteOverview = Schemas['SiteOverview']
export type ZoneOverview = Schemas['ZoneOverview']
export type Sparklines = Schemas['Sparklines']
/** GET series/{id}/history; the schema cannot say that the tier decides the columns. */
export type History =
  | { tier: 'raw'; t: number[]; v: number[] }
  | {
      tier: Exclude<string, 'raw'>
      t: number[]
      min: (number | null)[]
      max: (number | null)[]
      avg: (number | null)[]
      n: number[]
    }
export type Device = Schemas['Device']
export type DeviceDetail = Schemas['DeviceDetail']
export type DeviceCreated = Schemas['DeviceWithSecret']
export type Quarantine = Schemas['Quarantine']
/** What an alert was raised by: a rule's condition, or a camera gone. */
export type Condition = Schemas['AlertCondition']
export type RuleCondition = Schemas['Condition']
export type Rule = Schemas['Rule']
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
