import { t } from '@lingui/core/macro'
import { Link } from 'react-router'

import { SeverityMark } from '@/components/SeverityMark'
import { StateTag } from '@/components/StateTag'
import { raisedMs } from '@/lib/alertSpans'
import type { Alert, Series } from '@/lib/api/types'
import { useNow } from '@/lib/live/clock'
import { formatDateTime, formatDuration } from '@/lib/i18n'
import { useSite } from '@/lib/site'
import { alertTitle, valueWords } from '@/lib/words'

import classes from './SensorPage.module.css'

const SHOWN = 5

/** The newest alerts of this series. */
export function SeriesAlerts({ alerts, series }: { alerts: readonly Alert[]; series: Series }) {
  const { slug } = useSite()
  const count = alerts.length
  return (
    <section className="panel">
      <header>
        <h2 className="grow">{t`Alerts of this series`}</h2>
        {count > SHOWN && <Link className="small" to={`/s/${slug}/alerts`}>{t`See all ${count}`}</Link>}
      </header>
      {count === 0 ? (
        <p className={`soft ${classes.pad}`}>{t`This series has had no alerts.`}</p>
      ) : (
        <div className="scrollx">
          <table className={classes.alerts}>
            <thead className="vh">
              <tr>
                <th scope="col">{t`Level`}</th>
                <th scope="col">{t`Alerts`}</th>
                <th scope="col">{t`State`}</th>
                <th scope="col">{t`Opened at`}</th>
                <th scope="col">{t`Peak`}</th>
                <th scope="col">{t`Length`}</th>
              </tr>
            </thead>
            <tbody>
              {alerts.slice(0, SHOWN).map((alert) => (
                <Row key={alert.id} alert={alert} series={series} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

function Row({ alert, series }: { alert: Alert; series: Series }) {
  const { slug } = useSite()
  const now = useNow()
  const over = alert.state === 'resolved'
  const title = alertTitle(alert)
  const peak = alert.peak === null ? '' : valueWords(series, alert.peak)
  const below = alert.condition.kind === 'below'
  return (
    <tr>
      <td className={classes.mark}>
        <SeverityMark severity={alert.severity} over={over} />
      </td>
      <td>
        <Link className={classes.plain} to={`/s/${slug}/alerts/${alert.id}`}>
          {over ? title : <b>{title}</b>}
        </Link>
      </td>
      <td>
        <StateTag state={alert.state} />
      </td>
      <td className="num">{formatDateTime(alert.opened_ms)}</td>
      <td className="n">
        {peak && series.kind === 'number' && (below ? t`lowest ${peak}` : t`highest ${peak}`)}
      </td>
      <td className="n">{formatDuration(raisedMs(alert, now))}</td>
    </tr>
  )
}
