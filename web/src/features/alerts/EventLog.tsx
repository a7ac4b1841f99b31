import { t } from '@lingui/core/macro'
import { Icon, type IconName } from '@/components/Icon'
import type { AlertDetail, AlertEventKind, AlertLogEntry } from '@/lib/api/types'
import { formatDateTime, formatTime } from '@/lib/i18n'
import { alertTitle } from '@/lib/words'
import styles from './EventLog.module.css'
import { reasonWords } from './reasons'

const ICONS: Record<AlertEventKind, IconName> = {
  opened: 'bell',
  acknowledged: 'hand',
  resolved: 'check',
  commented: 'chat',
  assigned: 'user',
  silenced: 'mute',
  unsilenced: 'bell',
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
            <b>{event.actor ?? byItself(event)}</b> {eventWords(event, alertTitle(alert))}
          </span>
          <time dateTime={new Date(event.at_ms).toISOString()} title={formatDateTime(event.at_ms, true)}>
            {formatTime(event.at_ms, true)}
          </time>
        </li>
      ))}
    </ol>
  )
}

/** Who acted where no person did. */
function byItself({ kind }: AlertLogEntry): string {
  return kind === 'unsilenced' || kind === 'silenced' ? t`Silence` : t`Rule`
}

function eventWords({ kind, text }: AlertLogEntry, title: string): string {
  switch (kind) {
    case 'opened':
      return t`raised the alert “${title}”`
    case 'acknowledged':
      return t`acknowledged`
    case 'resolved': {
      const reason = reasonWords(text)
      return reason ? t`resolved the alert: ${reason}` : t`resolved the alert`
    }
    case 'commented':
      return `“${text}”`
    case 'assigned':
      return text === '' ? t`left it to whoever comes first` : t`assigned it to ${text}`
    case 'silenced':
      return text === '' ? t`silenced the alert` : t`silenced the alert: “${text}”`
    case 'unsilenced':
      return t`ended: the alert calls again`
  }
}
