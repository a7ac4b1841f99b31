import { t } from '@lingui/core/macro'
import { Link } from 'react-router'

import { AgeBadge } from '@/components/AgeBadge'
import { Icon } from '@/components/Icon'
import { PageTitle } from '@/components/PageTitle'
import type { Device, Series } from '@/lib/api/types'
import { formatDateTime, formatDuration } from '@/lib/i18n'
import { useLatest } from '@/lib/live'
import { useSeries } from '@/lib/queries'
import { useCan, useSite } from '@/lib/site'
import { valueWords } from '@/lib/words'

import { CredentialPanel } from './CredentialPanel'
import classes from './DeviceDetail.module.css'
import { skewWords } from './DeviceTable'
import { budgetsOf, DEFAULT_BUDGET_MS } from './order'
import { QuarantinePanel } from './QuarantinePanel'
import { TroublesPanel } from './TroublesPanel'
import { protocolWords } from './words'

/** One device: what it sends, what was refused, and its credential. */
export function DeviceDetail({ device }: { device: Device }) {
  const { slug } = useSite()
  const owner = useCan('owner')
  const all = useSeries(slug).data
  const series = (all ?? []).filter((each) => each.device === device.id)
  const budgetMs = budgetsOf(series).get(device.id) ?? DEFAULT_BUDGET_MS
  return (
    <>
      <nav className={classes.crumb} aria-label={t`Path`}>
        <Link to={`/s/${slug}/devices`}>{t`Devices`}</Link>
        <Icon name="right" size="s" />
        <span>{device.name || device.id}</span>
      </nav>
      <div className={classes.head}>
        <div className="grow">
          <PageTitle text={device.name || device.id} />
        </div>
        <AgeBadge tsMs={device.last_seen_ms ?? undefined} budgetMs={budgetMs} full />
      </div>
      <div className={classes.columns}>
        <div className={classes.stack}>
          <SeriesPanel series={series} loaded={all !== undefined} />
          <TroublesPanel device={device} />
          <QuarantinePanel device={device} />
        </div>
        <div className={classes.stack}>
          <FactsPanel device={device} />
          {owner ? (
            <CredentialPanel device={device} />
          ) : (
            <p className="small soft">{t`Only an owner of the site may change devices and give them new passwords.`}</p>
          )}
        </div>
      </div>
    </>
  )
}

function FactsPanel({ device }: { device: Device }) {
  const skew = skewWords(device.clock_skew_ms)
  return (
    <section className="panel">
      <header>
        <h2>{t`Device details`}</h2>
      </header>
      <div className="body">
        <dl className="kv">
          <dt>{t`Device id`}</dt>
          <dd>
            <code>{device.id}</code>
          </dd>
          <dt>{t`Place`}</dt>
          <dd>{device.zone?.name ?? t`not placed`}</dd>
          <dt>{t`Connection`}</dt>
          <dd>{device.online ? t`connecting` : t`offline`}</dd>
          <dt>{t`Protocol`}</dt>
          <dd>{protocolWords(device.protocol)}</dd>
          <dt>{t`Device clock`}</dt>
          <dd className={skew ? classes.warn : undefined}>{skew || t`true`}</dd>
          <dt>{t`Added at`}</dt>
          <dd>{formatDateTime(Date.parse(device.created_at))}</dd>
        </dl>
      </div>
    </section>
  )
}

function SeriesPanel({ series, loaded }: { series: readonly Series[]; loaded: boolean }) {
  return (
    <section className="panel">
      <header>
        <h2>{t`Series`}</h2>
      </header>
      {loaded && series.length === 0 && (
        <p className={`soft ${classes.pad}`}>{t`No reading from this device yet.`}</p>
      )}
      {series.length > 0 && (
        <div className="scrollx">
          <table>
            <thead>
              <tr>
                <th scope="col">{t`Series`}</th>
                <th scope="col" className="n">{t`Value`}</th>
                <th scope="col">{t`Age`}</th>
                <th scope="col" className="n">{t`Freshness budget`}</th>
              </tr>
            </thead>
            <tbody>
              {series.map((each) => (
                <SeriesRow key={each.id} series={each} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

function SeriesRow({ series }: { series: Series }) {
  const { slug } = useSite()
  const latest = useLatest(series.id)
  const budgetMs = series.freshness_seconds * 1000
  return (
    <tr>
      <td>
        <Link to={`/s/${slug}/series/${series.id}`}>{series.name}</Link>{' '}
        <code className="small muted">{series.metric}</code>
      </td>
      <td className="n">{latest && valueWords(series, latest.value)}</td>
      <td>
        <AgeBadge tsMs={latest?.tsMs} budgetMs={budgetMs} />
      </td>
      <td className="n">{formatDuration(budgetMs)}</td>
    </tr>
  )
}
