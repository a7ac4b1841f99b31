import { t } from '@lingui/core/macro'
import { Link, useLocation } from 'react-router'
import { useNow, useTextOfNow } from '@/lib/live/clock'
import type { Connection } from '@/lib/live/connection'
import { formatDate, formatDateTime, formatDuration, formatTime } from '@/lib/i18n'
import { useConnection } from '@/lib/live'
import { Icon } from './Icon'
import styles from './ConnectionBanner.module.css'

/** Says when the page is not looking at the present, and never longer than that. */
export function ConnectionBanner() {
  const connection = useConnection()
  switch (connection.kind) {
    case 'offline':
      return <OfflineBanner connection={connection} />
    case 'catchup':
      return <CatchUpBanner connection={connection} />
    case 'denied':
      return <DeniedBanner reason={connection.reason} />
    default:
      return null
  }
}

type Of<Kind extends Connection['kind']> = Extract<Connection, { kind: Kind }>

function OfflineBanner({ connection: { sinceMs, retryAtMs } }: { connection: Of<'offline'> }) {
  // Of another day a time alone would be read as today's.
  const since = useTextOfNow((now) =>
    formatDate(now) === formatDate(sinceMs) ? formatTime(sinceMs, true) : formatDateTime(sinceMs, true),
  )
  return (
    <div className={`${styles.banner} ${styles.offline}`} role="alert">
      <Icon name="off" />
      <span>
        <b>{t`Offline since ${since}.`}</b> {t`The values below are the last received, not the present.`}
        {retryAtMs !== null && <RetryIn atMs={retryAtMs} />}
      </span>
    </div>
  )
}

/** Outside the live region's words: a screen reader must not hear every second. */
function RetryIn({ atMs }: { atMs: number }) {
  const now = useNow()
  const seconds = Math.max(0, Math.ceil((atMs - now) / 1000))
  return <span aria-hidden="true"> {t`Trying again in ${seconds} s.`}</span>
}

function CatchUpBanner({ connection }: { connection: Of<'catchup'> }) {
  const { got, missed, completeTo } = connection
  const back = formatTime(connection.backAtMs, true)
  const away = formatDuration(connection.awayMs)
  const done = got >= missed
  return (
    <div className={styles.banner}>
      <Icon name={done ? 'check' : 'poll'} />
      <span role="status">
        <b>{t`Back at ${back}`}</b> {t`after ${away} offline.`}{' '}
        {done ? (
          t`Complete to event #${completeTo}, none missed.`
        ) : (
          <>
            {t`Catching up missed alert events:`}{' '}
            <b aria-hidden="true">
              {got}/{missed}
            </b>
          </>
        )}
      </span>
      <progress max={missed} value={got} aria-label={t`Caught up`} />
    </div>
  )
}

function DeniedBanner({ reason }: { reason: 'session' | 'rights' }) {
  const { pathname, search } = useLocation()
  if (reason === 'rights')
    return (
      <div className={`${styles.banner} ${styles.offline}`} role="alert">
        <Icon name="lock" />
        <span>{t`You may no longer view this site. The values below are old.`}</span>
        <Link to="/">{t`To the overview`}</Link>
      </div>
    )
  return (
    <div className={`${styles.banner} ${styles.offline}`} role="alert">
      <Icon name="lock" />
      <span>
        <b>{t`Your session has ended.`}</b> {t`Sign in again; this page is kept.`}
      </span>
      <Link className="btn" to={`/sign-in?ended&next=${encodeURIComponent(pathname + search)}`}>
        {t`Sign in`}
      </Link>
    </div>
  )
}
