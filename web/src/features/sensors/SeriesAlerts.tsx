import { t } from '@lingui/core/macro'
import { Link } from 'react-router'

import { SeverityMark } from '@/components/SeverityMark'
import { StateTag } from '@/components/StateTag'
import type { Alert, Series } from '@/lib/api/types'
import { useNow } from '@/lib/clock'
import { formatDateTime, formatDuration } from '@/lib/i18n'
import { useSite } from '@/lib/site'
import { valueWords } from '@/lib/words'

import classes from './SensorPage.module.css'

const SHOWN = 5

/** The newest alerts of this series. */
export function SeriesAlerts({ alerts, series }: { alerts: readonly Alert[]; series: Series }) {
  const { slug } = useSite()
  const count = alerts.length
  return (
    <section className="panel">
      <header>
        <h2 className="grow">{t`Cảnh báo của chuỗi này`}</h2>
        {count > SHOWN && <Link className="small" to={`/s/${slug}/alerts`}>{t`Xem cả ${count}`}</Link>}
      </header>
      {count === 0 ? (
        <p className={`soft ${classes.pad}`}>{t`Chuỗi này chưa có cảnh báo nào.`}</p>
      ) : (
        <div className="scrollx">
          <table className={classes.alerts}>
            <thead className="vh">
              <tr>
                <th scope="col">{t`Mức`}</th>
                <th scope="col">{t`Cảnh báo`}</th>
                <th scope="col">{t`Trạng thái`}</th>
                <th scope="col">{t`Mở lúc`}</th>
                <th scope="col">{t`Đỉnh`}</th>
                <th scope="col">{t`Dài`}</th>
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
  const peak = alert.peak === null ? '' : valueWords(series.kind, series.metric, alert.peak, series.unit)
  const below = alert.condition.kind === 'below'
  return (
    <tr>
      <td className={classes.mark}>
        <SeverityMark severity={alert.severity} over={over} />
      </td>
      <td>
        <Link className={classes.plain} to={`/s/${slug}/alerts/${alert.id}`}>
          {over ? alert.title : <b>{alert.title}</b>}
        </Link>
      </td>
      <td>
        <StateTag state={alert.state} />
      </td>
      <td className="num">{formatDateTime(alert.opened_ms)}</td>
      <td className="n">
        {peak && series.kind === 'number' && (below ? t`thấp nhất ${peak}` : t`cao nhất ${peak}`)}
      </td>
      <td className="n">{formatDuration(Math.max(0, (alert.resolved_ms ?? now) - alert.opened_ms))}</td>
    </tr>
  )
}
