import { t } from '@lingui/core/macro'
import { memo } from 'react'
import { Link } from 'react-router'
import { SeverityMark } from '@/components/SeverityMark'
import { SilencedTag, StateTag } from '@/components/StateTag'
import type { Alert } from '@/lib/api/types'
import { useTextOfNow } from '@/lib/live/clock'
import { formatTime, formatWhen, useLanguage } from '@/lib/i18n'
import { alertDetailWords, alertPlace, alertTitle } from '@/lib/words'
import { totalWords } from './sentence'
import styles from './AlertRow.module.css'

interface AlertRowProps {
  alert: Alert
  to: string
  /** -1 for a row that arrows reach, not Tab. */
  tabIndex?: number
  current?: boolean
  /** Came while the page was open: it fades in. */
  entering?: boolean
}

/** Drawn again when its alert changes, not with every other one. */
export const AlertRow = memo(function AlertRow({
  alert,
  to,
  tabIndex,
  current = false,
  entering = false,
}: AlertRowProps) {
  useLanguage()
  const over = alert.state === 'resolved'
  const when = useTextOfNow((now) => formatWhen(alert.opened_ms, now))
  return (
    <Link
      className={`${styles.row} ${over ? styles.over : ''} ${entering ? styles.entering : ''}`}
      to={to}
      tabIndex={tabIndex}
      aria-current={current || undefined}
      data-alert={alert.id}
    >
      <SeverityMark severity={alert.severity} over={over} />
      <span className={styles.title}>{alertTitle(alert)}</span>
      <span className={styles.when}>{when}</span>
      <span className={styles.detail}>
        {alertDetailWords(alert)}
        <Place alert={alert} />
        {!over && <Since alert={alert} />}
      </span>
      <span className={styles.meta}>
        <StateTag state={alert.state} />
        {alert.silenced_until_ms !== null && <SilencedTag untilMs={alert.silenced_until_ms} />}
        <span>{metaWords(alert)}</span>
      </span>
    </Link>
  )
})

function Place({ alert }: { alert: Alert }) {
  const place = alertPlace(alert)
  return place === '' ? null : <> · {place}</>
}

/** At the end and as wide as it can become: as it counts, no row changes its height. */
function Since({ alert }: { alert: Alert }) {
  const time = useTextOfNow((now) => totalWords(alert, now))
  return (
    <>
      {' · '}
      <span className={styles.since}>{t({ message: `raised for ${time}`, context: 'elapsed' })}</span>
    </>
  )
}

/** Who has it, or when it was over, and its number in the log. */
function metaWords(alert: Alert): string {
  const number = `#${alert.last_seq}`
  const who = alert.assigned_to ?? (alert.state === 'acknowledged' ? alert.acknowledged_by : null)
  if (alert.state !== 'resolved' && who !== null) return `${who} · ${number}`
  if (alert.state === 'resolved' && alert.resolved_ms !== null)
    return `${formatTime(alert.resolved_ms)} · ${number}`
  return number
}
