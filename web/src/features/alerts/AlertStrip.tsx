import { plural, t } from '@lingui/core/macro'
import { Link } from 'react-router'
import { Icon } from '@/components/Icon'
import { SeverityMark } from '@/components/SeverityMark'
import { useNow } from '@/lib/live/clock'
import { formatDuration } from '@/lib/i18n'
import { useAlerts } from '@/lib/live'
import { useSite } from '@/lib/site'
import styles from './AlertStrip.module.css'

/** On the phone: how many alerts are open and the worst of them, one tap from acknowledging it. */
export function AlertStrip() {
  const { slug } = useSite()
  const now = useNow()
  const { active } = useAlerts()
  const open = active.filter(({ state }) => state === 'open')
  const [first] = open
  if (!first) return null
  const count = open.length
  const { title } = first
  const time = formatDuration(Math.max(0, now - first.opened_ms))
  return (
    <Link
      className={`${styles.strip} ${styles[first.severity] ?? ''}`}
      to={count === 1 ? `/s/${slug}/alerts/${first.id}` : `/s/${slug}/alerts?state=open`}
    >
      <SeverityMark severity={first.severity} />
      <span className="grow">
        <b>{plural(count, { one: '# open alert', other: '# open alerts' })}</b>
        <small>{t`${title}, for ${time}`}</small>
      </span>
      <Icon name="right" />
    </Link>
  )
}
