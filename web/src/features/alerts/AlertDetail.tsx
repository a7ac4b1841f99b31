import { plural, t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { Link } from 'react-router'
import { AgeBadge } from '@/components/AgeBadge'
import { EmptyState } from '@/components/EmptyState'
import { ErrorState } from '@/components/ErrorState'
import { Icon } from '@/components/Icon'
import { PageTitle } from '@/components/PageTitle'
import { SeverityMark } from '@/components/SeverityMark'
import { RowsSkeleton } from '@/components/Skeletons'
import { SilencedTag, StateTag } from '@/components/StateTag'
import { api, body } from '@/lib/api/client'
import { Problem } from '@/lib/api/problem'
import type { Alert, AlertDetail as Detail, Series } from '@/lib/api/types'
import { useNow } from '@/lib/live/clock'
import { useAlerts, useLatest } from '@/lib/live'
import { keys, useOneSeries, useSomeSeries } from '@/lib/queries'
import { useCan, useSite } from '@/lib/site'
import { metricWord } from '@/lib/metricWords'
import { alertPlace, alertTitle, conditionWords, seriesName, valueWords } from '@/lib/words'
import { AlertActions } from './AlertActions'
import { AlertContext } from './AlertContext'
import { CommentBox } from './CommentBox'
import { EventLog } from './EventLog'
import { isValueSince, lifeWords, totalWords, waitingWords } from './sentence'
import styles from './AlertDetail.module.css'

/** An alert with its history; read again whenever the socket tells of a newer event of it. */
function useAlertDetail(id: number) {
  const { alerts } = useAlerts()
  const detail = useQuery({
    queryKey: keys.alert(id),
    queryFn: () => body(api.GET('/api/v1/alerts/{alert_id}', { params: { path: { alert_id: id } } })),
  })
  const newest = alerts.find((alert) => alert.id === id)
  const { data, refetch } = detail
  const behind = newest !== undefined && data !== undefined && newest.last_seq > data.last_seq
  useEffect(() => {
    if (behind) void refetch()
  }, [behind, newest?.last_seq, refetch])
  // The socket is quicker than the read: the newer of the two is shown.
  const alert = behind ? newest : (data ?? newest)
  return { ...detail, alert, log: data }
}

interface AlertDetailProps {
  id: number
  /** Query of the list to go back to, where the alert is a page of its own. */
  back?: string
  /** Opened by the person: the focus goes to it. */
  focused?: boolean
}

export function AlertDetail({ id, back, focused = false }: AlertDetailProps) {
  const { slug } = useSite()
  const { alert, log, error, refetch } = useAlertDetail(id)
  const series = useOneSeries(slug, alert?.series ?? null).data
  const operator = useCan('operator')
  const beside = back === undefined
  const section = useRef<HTMLElement>(null)
  const shown = alert !== undefined
  useEffect(() => {
    if (focused && shown) section.current?.focus()
  }, [focused, shown])
  if (!alert)
    return error instanceof Problem && error.status === 404 ? (
      <Gone back={back} />
    ) : error ? (
      <section className="panel">
        <PageTitle text={t`Alerts`} hidden beside={beside} />
        <ErrorState error={error} onRetry={() => void refetch()} />
      </section>
    ) : (
      <section className="panel">
        <RowsSkeleton count={4} />
      </section>
    )
  const own = series?.id === alert.series ? series : undefined
  return (
    <div>
      {back !== undefined && (
        <Link className={styles.back} to={`/s/${slug}/alerts${back}`}>
          <Icon name="right" size="m" />
          {t`All alerts`}
        </Link>
      )}
      <div className={styles.columns}>
        <section ref={section} tabIndex={-1} className={styles.main} aria-label={alertTitle(alert)}>
          <Top alert={alert} series={own} beside={beside} />
          {own && <AlertContext alert={alert} series={own} />}
          <Log log={log} operator={operator} alert={alert} />
        </section>
        <aside className={styles.side}>
          <RulePanel alert={alert} series={own} />
          {own?.zone && <SameTime series={own} zone={String(own.zone.id)} />}
        </aside>
      </div>
    </div>
  )
}

function Gone({ back }: { back: string | undefined }) {
  const { slug } = useSite()
  return (
    <section className="panel">
      <PageTitle text={t`Alerts`} hidden beside={back === undefined} />
      <EmptyState
        text={t`There is no such alert, or you may not view it.`}
        action={<Link className="btn" to={`/s/${slug}/alerts${back ?? ''}`}>{t`All alerts`}</Link>}
      />
    </section>
  )
}

interface TopProps {
  alert: Alert
  series: Series | undefined
  beside: boolean
}

function Top({ alert, series, beside }: TopProps) {
  return (
    <div className={`panel ${styles.top}`}>
      <div className={styles.head}>
        <SeverityMark severity={alert.severity} size={36} over={alert.state === 'resolved'} />
        <div className="grow">
          <div className={styles.title}>
            <PageTitle text={alertTitle(alert)} beside={beside} />
            <StateTag state={alert.state} />
            {alert.silenced_until_ms !== null && <SilencedTag untilMs={alert.silenced_until_ms} />}
          </div>
          <p className="soft">
            <Life alert={alert} series={series} /> <Duration alert={alert} />{' '}
            {alert.state !== 'resolved' && <Age alert={alert} series={series} />}
          </p>
        </div>
      </div>
      <AlertActions alert={alert} />
    </div>
  )
}

/** How it was raised and what it is now; of one that is over, all that it was. */
function Life({ alert, series }: { alert: Alert; series: Series | undefined }) {
  const latest = useLatestSince(alert)
  const now = useNow()
  const value = series && latest ? valueWords(series, latest.value) : null
  return lifeWords(alert, series && seriesName(series), value, now)
}

/** The newest value; null while the alert knows a newer one: it comes by the socket, some seconds before the poll. */
function useLatestSince(alert: Alert) {
  const latest = useLatest(alert.series ?? -1)
  return latest && isValueSince(alert, latest) ? latest : null
}

function Age({ alert, series }: { alert: Alert; series: Series | undefined }) {
  const latest = useLatestSince(alert)
  if (!series || !latest) return null
  return <AgeBadge tsMs={latest.tsMs} budgetMs={series.freshness_seconds * 1000} />
}

function Duration({ alert }: { alert: Alert }) {
  const now = useNow()
  const time = totalWords(alert, now)
  const flaps = alert.flaps
  const over = alert.state === 'resolved'
  // The sentence of a measured one that is over has its times already.
  return (
    <>
      {over ? t`Raised for ${time}.` : t`Raised for ${time} so far.`}
      {flaps > 0 && !over && ` ${t`Came back ${plural(flaps, { one: '# time', other: '# times' })}.`}`}
    </>
  )
}

function Log({ log, operator, alert }: { log: Detail | undefined; operator: boolean; alert: Alert }) {
  return (
    <section className="panel" aria-label={t`Event log`}>
      <header>
        <h2 className="grow">{t`Event log`}</h2>
        <span className="small muted">{t`numbered without gaps by site`}</span>
      </header>
      {log ? <EventLog alert={log} /> : <RowsSkeleton count={2} height={20} />}
      {operator && <CommentBox alertId={alert.id} />}
    </section>
  )
}

function RulePanel({ alert, series }: { alert: Alert; series: Series | undefined }) {
  const { slug } = useSite()
  const rule = conditionWords(alert.condition, alert.unit, alert.metric)
  const metric = alert.metric ? (series ? seriesName(series) : metricWord(alert.metric)) : alert.device_name
  const place = alertPlace(alert)
  const waiting = waitingWords(alert)
  return (
    <section className="panel">
      <header>
        <h2>{t`Rule`}</h2>
      </header>
      <div className="body">
        <p className={styles.rule}>
          <b>{metric}</b>
          {place && ` · ${place}`}
          <br />
          {rule}
          {waiting !== null && alert.condition.kind !== 'no_data' && (
            <>
              <br />
              <span className="small muted">{waiting}</span>
            </>
          )}
        </p>
        {alert.rule !== null && (
          <Link className="btn" style={{ marginTop: 10 }} to={`/s/${slug}/rules`}>
            {t`See the rules`}
          </Link>
        )}
      </div>
    </section>
  )
}

/** Other series of the same place say more than words. */
const NEAR = 4

function SameTime({ series: { id: own }, zone }: { series: Series; zone: string }) {
  const { slug } = useSite()
  const found = useSomeSeries(slug, { zone, limit: NEAR + 1 }).data ?? []
  const near = found.filter(({ id }) => id !== own).slice(0, NEAR)
  if (near.length === 0) return null
  return (
    <section className="panel">
      <header>
        <h2>{t`Same place, right now`}</h2>
      </header>
      <ul className={styles.near}>
        {near.map((one) => (
          <li key={one.id}>
            <NearSeries series={one} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function NearSeries({ series }: { series: Series }) {
  const { slug } = useSite()
  const latest = useLatest(series.id)
  return (
    <Link to={`/s/${slug}/series/${series.id}`}>
      <span className="grow">
        <b>{seriesName(series)}</b>
        <span className="small muted">{latest ? valueWords(series, latest.value) : t`no reading yet`}</span>
      </span>
      <AgeBadge tsMs={latest?.tsMs} budgetMs={series.freshness_seconds * 1000} />
    </Link>
  )
}
