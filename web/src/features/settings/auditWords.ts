import { plural, t } from '@lingui/core/macro'
import type { AuditEntry } from '@/lib/api/types'
import { metricWord } from '@/lib/metricWords'
import { readyName, roleWord } from '@/lib/words'

export const AUDIT_GROUPS = [
  'account',
  'token',
  'member',
  'site',
  'zone',
  'device',
  'rule',
  'silence',
  'camera',
] as const
export type AuditGroup = (typeof AUDIT_GROUPS)[number]

export function groupWord(group: AuditGroup): string {
  switch (group) {
    case 'account':
      return t`Accounts and sign-ins`
    case 'token':
      return t`Access tokens`
    case 'member':
      return t`Members`
    case 'site':
      return t`Site`
    case 'zone':
      return t`Zones`
    case 'device':
      return t`Devices`
    case 'rule':
      return t`Rules`
    case 'silence':
      return t`Silences`
    case 'camera':
      return t`Cameras`
  }
}

function role(value: unknown): string {
  return value === 'owner' || value === 'operator' || value === 'viewer' ? roleWord(value) : ''
}

/** What was done, as one sentence after the person's name. A kind of a later version is shown as it is. */
export function auditWords(entry: AuditEntry): string {
  const { kind, data } = entry
  const subject = subjectOf(entry)
  switch (kind) {
    case 'account.signed_in':
      return t`signed in`
    case 'account.signed_out':
      return t`signed out`
    case 'account.sign_in_failed': {
      const times = typeof data.times === 'number' ? data.times : 1
      return plural(times, { one: 'wrong password, once', other: 'wrong password, # times' })
    }
    case 'account.signed_out_everywhere':
      return t`signed out everywhere`
    case 'account.session_ended':
      return t`signed out another browser`
    case 'account.password_changed':
      return t`changed the password`
    case 'account.renamed':
      return t`changed the display name to ${subject}`
    case 'account.closed':
      return t`closed the account`
    case 'token.created':
      return t`made the access token ${subject}`
    case 'token.deleted':
      return t`revoked the access token ${subject}`
    case 'member.added': {
      const word = role(data.role)
      return t`made ${subject} a member: ${word}`
    }
    case 'member.invited': {
      const word = role(data.role)
      return subject ? t`invited ${subject}: ${word}` : t`made an invitation link: ${word}`
    }
    case 'member.invitation_withdrawn':
      return subject ? t`withdrew the invitation of ${subject}` : t`withdrew an invitation link`
    case 'member.role_changed': {
      const was = role(data.was)
      const now = role(data.role)
      return t`changed the role of ${subject} from ${was} to ${now}`
    }
    case 'member.removed':
      return t`removed ${subject} from the site`
    case 'member.left':
      return t`left the site`
    case 'member.password_reset':
      return t`reset the password of ${subject}`
    case 'site.created':
      return t`made the site ${subject}`
    case 'site.changed':
      return t`changed the site ${subject}`
    case 'site.deleted':
      return t`deleted the site ${subject}`
    case 'site.away':
      return t`set the site ${subject} to nobody there`
    case 'site.home':
      return t`set the site ${subject} to somebody there`
    case 'zone.created':
      return t`added the zone ${subject}`
    case 'zone.changed':
      return t`changed the zone ${subject}`
    case 'zone.deleted':
      return t`deleted the zone ${subject}`
    case 'zone.ordered':
      return t`changed the order of the zones`
    default:
      return thingWords(kind, thingName(kind, subject, data))
  }
}

/** A member by the name that people know and the one that nobody else has. */
function subjectOf({ subject, subject_name: name }: AuditEntry): string {
  return name === '' || name === subject ? subject : `${name} (${subject})`
}

/** By the names that people gave; what nobody named by a code in `data`. */
function thingName(kind: string, subject: string, data: AuditEntry['data']): string {
  const code = typeof data.name_code === 'string' ? data.name_code : ''
  if (kind.startsWith('rule.')) return readyName(subject, code)
  return [readyName('', code), subject, metricOf(data)].filter(Boolean).join(' · ')
}

/** What a thing without a name of its own measures. */
function metricOf({ metric }: AuditEntry['data']): string {
  return typeof metric === 'string' ? metricWord(metric) : ''
}

function thingWords(kind: string, subject: string): string {
  switch (kind) {
    case 'device.created':
      return t`added the device ${subject}`
    case 'device.changed':
      return t`changed the device ${subject}`
    case 'device.retired':
      return t`retired the device ${subject}`
    case 'device.brought_back':
      return t`brought the device ${subject} back`
    case 'device.secret_changed':
      return t`gave the device ${subject} a new password`
    case 'device.secret_revoked':
      return t`revoked the password of the device ${subject}`
    case 'device.deleted':
      return t`deleted the device ${subject}`
    case 'device.series_changed':
      return t`changed the series ${subject}`
    case 'rule.created':
      return t`added the rule ${subject}`
    case 'rule.changed':
      return t`changed the rule ${subject}`
    case 'rule.deleted':
      return t`deleted the rule ${subject}`
    case 'silence.created':
      return t`silenced ${subject}`
    case 'silence.changed':
      return t`changed the silence of ${subject}`
    case 'silence.ended':
      return t`ended the silence of ${subject}`
    case 'member.cameras_selected':
      return t`changed which cameras ${subject} sees`
    case 'camera.created':
      return t`added the camera ${subject}`
    case 'camera.changed':
      return t`changed the camera ${subject}`
    case 'camera.deleted':
      return t`deleted the camera ${subject}`
    case 'camera.publisher_renewed':
      return t`made a password with which the camera ${subject} publishes`
    case 'camera.publisher_revoked':
      return t`ended the password with which the camera ${subject} publishes`
    case 'camera.rtsp_token_created':
      return t`made an RTSP token for the camera ${subject}`
    case 'camera.rtsp_token_revoked':
      return t`revoked an RTSP token for the camera ${subject}`
    default:
      return [kind, subject].filter(Boolean).join(': ')
  }
}
