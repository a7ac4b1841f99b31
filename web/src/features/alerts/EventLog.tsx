import { t } from '@lingui/core/macro'
import { Icon, type IconName } from '@/components/Icon'
import type { AlertDetail, AlertEventKind, AlertLogEntry } from '@/lib/api/types'
import { formatDateTime, formatTime } from '@/lib/i18n'
import styles from './EventLog.module.css'

const ICONS: Record<AlertEventKind, IconName> = {
  opened: 'bell',
  acknowledged: 'hand',
  resolved: 'check',
  commented: 'chat',
}

/** What happened to the alert, numbered as on the server. */
export function EventLog({ alert }: { alert: AlertDetail }) {
  return (
    <ol className={styles.log}>
      {alert.events.map((event) => (
        <li key={event.seq} className={`${styles.event} ${styles[event.kind] ?? ''}`}>
          <span className={styles.number}>#{event.seq}</span>
          <span className={styles.dot}>
            <Icon name={ICONS[event.kind]} size="s" />
          </span>
          <span className={`grow ${styles.text}`}>
            <b>{event.actor ?? t`Rules`}</b> {eventWords(event, alert.title)}
          </span>
          <time dateTime={new Date(event.at_ms).toISOString()} title={formatDateTime(event.at_ms, true)}>
            {formatTime(event.at_ms, true)}
          </time>
        </li>
      ))}
    </ol>
  )
}

function eventWords({ kind, text }: AlertLogEntry, title: string): string {
  switch (kind) {
    case 'opened':
      return t`raised the alert “${title}”`
    case 'acknowledged':
      return t`acknowledged`
    case 'resolved':
      return t`resolved the alert`
    case 'commented':
      return `“${text}”`
  }
}
