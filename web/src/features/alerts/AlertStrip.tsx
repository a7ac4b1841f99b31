import { plural, t } from '@lingui/core/macro'
import { Link } from 'react-router'
import { Icon } from '@/components/Icon'
import { SeverityMark } from '@/components/SeverityMark'
import { useTextOfNow } from '@/lib/live/clock'
import type { Alert } from '@/lib/api/types'
import { useAlertCounts, useAlerts } from '@/lib/live'
import { useSite } from '@/lib/site'
import { alertTitle } from '@/lib/words'
import { totalWords } from './sentence'
import styles from './AlertStrip.module.css'

/** On the phone: how many alerts are open and the worst of them, one tap from acknowledging it. */
export function AlertStrip() {
  const { slug } = useSite()
  const { active } = useAlerts()
  const counts = useAlertCounts()
  const first = active.find(({ state, silenced_until_ms: silenced }) => state === 'open' && silenced === null)
  if (!first) return null
  const count = Math.max(1, counts.open - counts.silenced)
  const title = alertTitle(first)
  return (
    <Link
      className={`${styles.strip} ${styles[first.severity] ?? ''}`}
      to={count === 1 ? `/s/${slug}/alerts/${first.id}` : `/s/${slug}/alerts?state=open`}
    >
      <SeverityMark severity={first.severity} />
      <span className="grow">
        <b>{plural(count, { one: '# open alert', other: '# open alerts' })}</b>
        <small>
          <Raised alert={first} title={title} />
        </small>
      </span>
      <Icon name="right" />
    </Link>
  )
}

function Raised({ alert, title }: { alert: Alert; title: string }) {
  const time = useTextOfNow((now) => totalWords(alert, now))
  return t`${title}, raised for ${time}`
}
