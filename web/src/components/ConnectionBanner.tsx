import { t } from '@lingui/core/macro'
import { Link, useLocation } from 'react-router'
import { useNow } from '@/lib/clock'
import type { Connection } from '@/lib/connection'
import { formatDuration, formatTime } from '@/lib/i18n'
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
  const since = formatTime(sinceMs, true)
  return (
    <div className={`${styles.banner} ${styles.offline}`} role="alert">
      <Icon name="off" />
      <span>
        <b>{t`Mất kết nối từ ${since}.`}</b> {t`Các số bên dưới là số cuối nhận được, không phải hiện tại.`}
        {retryAtMs !== null && <RetryIn atMs={retryAtMs} />}
      </span>
    </div>
  )
}

/** Outside the live region's words: a screen reader must not hear every second. */
function RetryIn({ atMs }: { atMs: number }) {
  const now = useNow()
  const seconds = Math.max(0, Math.ceil((atMs - now) / 1000))
  return <span aria-hidden="true"> {t`Thử lại sau ${seconds} giây.`}</span>
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
        <b>{t`Đã nối lại lúc ${back}`}</b> {t`sau ${away} mất kết nối.`}{' '}
        {done ? (
          t`Đủ đến sự kiện #${completeTo}, không sót.`
        ) : (
          <>
            {t`Đang nhận bù sự kiện cảnh báo bị lỡ:`}{' '}
            <b aria-hidden="true">
              {got}/{missed}
            </b>
          </>
        )}
      </span>
      <progress max={missed} value={got} aria-label={t`Đã nhận bù`} />
    </div>
  )
}

function DeniedBanner({ reason }: { reason: 'session' | 'rights' }) {
  const { pathname, search } = useLocation()
  if (reason === 'rights')
    return (
      <div className={`${styles.banner} ${styles.offline}`} role="alert">
        <Icon name="lock" />
        <span>{t`Bạn không còn quyền xem điểm này. Các số bên dưới đã cũ.`}</span>
        <Link to="/">{t`Về tổng quan`}</Link>
      </div>
    )
  return (
    <div className={`${styles.banner} ${styles.offline}`} role="alert">
      <Icon name="lock" />
      <span>
        <b>{t`Phiên đã hết.`}</b> {t`Đăng nhập lại, trang này được giữ nguyên.`}
      </span>
      <Link className="btn" to={`/sign-in?next=${encodeURIComponent(pathname + search)}`}>
        {t`Đăng nhập`}
      </Link>
    </div>
  )
}
