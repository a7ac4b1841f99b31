import { t } from '@lingui/core/macro'
import { Popover } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link, useSearchParams } from 'react-router'

import { AgeBadge } from '@/components/AgeBadge'
import { PageTitle } from '@/components/PageTitle'
import { TransportChip } from '@/components/TransportChip'
import type { Alert, Rule, Series } from '@/lib/api/types'
import { serverNow, useNow } from '@/lib/live/clock'
import { freshnessOf } from '@/lib/live/freshness'
import { formatDuration, formatNumber, formatReading, formatTime } from '@/lib/i18n'
import { useConnection, useLatest, useOffline, usePollState } from '@/lib/live'
import { useCan } from '@/lib/site'
import { seriesName, valueWords } from '@/lib/words'

import { spanOf, type Chosen } from './ranges'
import classes from './SensorPage.module.css'

interface Props {
  series: Series
  rules: readonly Rule[]
  /** Alerts of this series that are not resolved. */
  active: readonly Alert[]
  chosen: Chosen
}

/** Value, age and transport on the title line: the chart is history, the number is now. */
export function SensorHead({ series, active, chosen }: Props) {
  const latest = useLatest(series.id)
  const nowMs = useNow()
  const offline = useOffline()
  const budgetMs = series.freshness_seconds * 1000
  const { state } = freshnessOf({ tsMs: latest?.tsMs, budgetMs, nowMs, offline })
  const place = series.zone?.name ?? series.device_name
  const device = series.device
  const budget = formatDuration(budgetMs)
  const tone = state === 'stale' ? 'stale' : (active[0]?.severity ?? 'calm')

  return (
    <div className={classes.head}>
      <div className={classes.title}>
        <PageTitle text={`${seriesName(series)}, ${place}`} />
        <p className="small muted">
          {t`Device ${device}`} · {t`metric`} <code>{series.metric}</code> · {t`fresh for ${budget}`}
        </p>
      </div>
      <p className={classes.value} data-tone={tone}>
        <Value series={series} value={latest?.value} />
      </p>
      <div className={classes.stack}>
        <AgeBadge tsMs={latest?.tsMs} budgetMs={budgetMs} full />
        <PollChip />
      </div>
      <div className="row wrap">
        <WhyPoll />
        <CsvLink series={series} chosen={chosen} />
        <EditLink />
      </div>
    </div>
  )
}

function Value({ series, value }: { series: Series; value: number | undefined }): ReactNode {
  if (value === undefined) return <span>{'–'}</span>
  if (series.kind === 'binary') return <span>{valueWords(series, value)}</span>
  return (
    <>
      <span>{formatReading(series, value)}</span>
      {series.unit && <small>{series.unit}</small>}
    </>
  )
}

/** Opens the dialog about the series (app/SensorRoute). */
function EditLink() {
  const owner = useCan('owner')
  const [query] = useSearchParams()
  if (!owner) return null
  const edited = new URLSearchParams({ ...Object.fromEntries(query), edit: '' })
  return <Link className="btn" to={{ search: edited.toString() }} replace>{t`Edit series`}</Link>
}

/** How the number came here, with what was measured of it. */
function PollChip() {
  const poll = usePollState()
  const connection = useConnection()
  if (connection.kind === 'offline') {
    const since = formatTime(connection.sinceMs, true)
    return <TransportChip transport="poll" state="off" text={t`lost since`} figure={since} />
  }
  const period = formatDuration(poll.periodMs)
  const p95 = poll.p95Ms === null ? null : formatNumber(poll.p95Ms / 1000, 1)
  return (
    <TransportChip
      transport="poll"
      text={t`Updated every ${period}`}
      figure={p95 === null ? t`not measured` : t`p95 ${p95} s`}
    />
  )
}

function WhyPoll() {
  const poll = usePollState()
  const period = formatDuration(poll.periodMs)
  return (
    <Popover width={320} position="bottom-end">
      <Popover.Target>
        <button type="button" className="btn">{t`Why this transport?`}</button>
      </Popover.Target>
      <Popover.Dropdown>
        <p>{t`Readings change slowly, so the page asks the server once for all cards, every ${period}; the server says when to ask again.`}</p>
        <p className="small muted">{t`p95: 95 of 100 readings reached this page faster than that, measured on this very page.`}</p>
      </Popover.Dropdown>
    </Popover>
  )
}

function CsvLink({ series, chosen }: { series: Series; chosen: Chosen }) {
  useNow()
  const to = typeof chosen === 'string' ? Math.ceil(serverNow()) : chosen.to
  const href = `/api/v1/series/${series.id}/readings.csv?from=${to - spanOf(chosen)}&to=${to}`
  return (
    <a className="btn" href={href} download={`${series.device}-${series.metric}.csv`}>
      {t`Download CSV`}
    </a>
  )
}
