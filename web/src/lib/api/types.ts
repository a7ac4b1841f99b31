/** The server's words, by their short names. */

import type { components } from '@/generated/api'

type Schemas = components['schemas']

export type Role = Schemas['Role']
export type Severity = Schemas['Severity']
export type AlertState = Schemas['AlertState']
export type AlertEventKind = Schemas['AlertEventKind']
export type Me = Schemas['Me']
export type MySite = Schemas['MySite']
export type Site = Schemas['Site']
export type Zone = Schemas['Zone']
export type Member = Schemas['Member']
export type Token = Schemas['Token']
export type Series = Schemas['Series']
export type Sparklines = Schemas['Sparklines']
export type History = Schemas['History']
export type Device = Schemas['Device']
export type DeviceCreated = Schemas['DeviceCreated']
export type Quarantine = Schemas['Quarantine']
export type Condition = Schemas['Condition']
export type Rule = Schemas['Rule']
export type Alert = Schemas['Alert']
export type AlertDetail = Schemas['AlertDetail']
export type AlertLogEntry = Schemas['AlertLogEntry']
export type AlertEvent = Schemas['AlertEvent']
export type AlertEvents = Schemas['AlertEvents']
export type Camera = Schemas['Camera']
export type SetupRequest = Schemas['SetupRequest']

/** GET sites/{site}/snapshot; served outside Django, so not in the schema. */
export interface Snapshot {
  cursor: string
  next_poll_ms: number
  full: boolean
  alerts_seq: number
  series: [id: number, ts_ms: number, value: number | boolean | null][]
}
