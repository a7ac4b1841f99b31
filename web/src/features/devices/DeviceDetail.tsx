import { t } from '@lingui/core/macro'
import { useState } from 'react'
import { Link } from 'react-router'

import { AgeBadge } from '@/components/AgeBadge'
import { Icon } from '@/components/Icon'
import { PageTitle } from '@/components/PageTitle'
import type { Device, Series } from '@/lib/api/types'
import { formatDate, formatDateTime, formatDuration } from '@/lib/i18n'
import { useLatest } from '@/lib/live'
import { useSomeSeries } from '@/lib/queries'
import { useCan, useSite } from '@/lib/site'
import { clockWords, valueWords, wrongClockWords } from '@/lib/words'

import { CredentialPanel } from './CredentialPanel'
import classes from './DeviceDetail.module.css'
import { DeviceDialog } from './DeviceDialog'
import { budgetOf } from './order'
import { QuarantinePanel } from './QuarantinePanel'
import { RetirePanel } from './RetirePanel'
import { SeriesDialog } from './SeriesDialog'
import { TroublesPanel } from './TroublesPanel'
import { protocolWords } from './words'

/** One device: what it sends, what was refused, and its credential. */
export function DeviceDetail({ device }: { device: Device }) {
  const { slug } = useSite()
  const owner = useCan('owner')
  const [editing, setEditing] = useState(false)
  const own = useSomeSeries(slug, { device: device.id }).data
  const series = own ?? []
  return (
    <>
      <nav className="crumb" aria-label={t`Path`}>
        <Link to={`/s/${slug}/devices`}>{t`Devices`}</Link>
        <Icon name="right" size="s" />
        <span>{device.name || device.id}</span>
      </nav>
      <div className={classes.head}>
        <div className="grow">
          <PageTitle text={device.name || device.id} />
        </div>
        <AgeBadge tsMs={device.last_seen_ms ?? undefined} budgetMs={budgetOf(device)} full />
        {owner && (
          <button type="button" className="btn" onClick={() => setEditing(true)}>
            {t`Rename or move`}
          </button>
        )}
      </div>
      {device.retired_at && (
        <p role="status" className={classes.retired}>
          {retiredWords(device.retired_at)}
        </p>
      )}
      {editing && <DeviceDialog device={device} onClose={() => setEditing(false)} />}
      <div className={classes.columns}>
        <div className={classes.stack}>
          <SeriesPanel series={series} loaded={own !== undefined} />
          <TroublesPanel device={device} />
          <QuarantinePanel device={device} />
        </div>
        <div className={classes.stack}>
          <FactsPanel device={device} />
          {owner ? (
            <>
              <CredentialPanel device={device} />
              <RetirePanel device={device} />
            </>
          ) : (
            <p className="small soft">{t`Only an owner of the site may change devices and give them new passwords.`}</p>
          )}
        </div>
      </div>
    </>
  )
}

function retiredWords(at: string): string {
  const date = formatDate(Date.parse(at))
  return t`Out of use since ${date}: it cannot connect, and rules do not watch it.`
}

function connectionWords(device: Device): string {
  if (device.retired_at) return t({ message: 'retired', context: 'device' })
  return device.online ? t`connecting` : t`offline`
}

function FactsPanel({ device }: { device: Device }) {
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
          <dd>{connectionWords(device)}</dd>
          <dt>{t`Protocol`}</dt>
          <dd>{protocolWords(device.protocol)}</dd>
          <dt>{t`Device clock`}</dt>
          <dd className={wrongClockWords(device.clock_skew_ms) ? classes.warn : undefined}>
            {clockWords(device.clock_skew_ms)}
          </dd>
          <dt>{t`Added at`}</dt>
          <dd>{formatDateTime(Date.parse(device.created_at))}</dd>
        </dl>
      </div>
    </section>
  )
}

function SeriesPanel({ series, loaded }: { series: readonly Series[]; loaded: boolean }) {
  const owner = useCan('owner')
  const [edited, setEdited] = useState<Series | null>(null)
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
                <th scope="col" className={`n ${classes.wide}`}>{t`Old after`}</th>
                {owner && (
                  <th scope="col">
                    <span className="vh">{t`Edit`}</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {series.map((each) => (
                <SeriesRow key={each.id} series={each} {...(owner && { onEdit: () => setEdited(each) })} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {edited && <SeriesDialog series={edited} onClose={() => setEdited(null)} />}
    </section>
  )
}

function SeriesRow({ series, onEdit }: { series: Series; onEdit?: () => void }) {
  const { slug } = useSite()
  const latest = useLatest(series.id)
  const budgetMs = series.freshness_seconds * 1000
  const { name } = series
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
      <td className={`n ${classes.wide}`}>{formatDuration(budgetMs)}</td>
      {onEdit && (
        <td>
          <button type="button" className="btn" aria-label={t`Edit ${name}`} onClick={onEdit}>
            {t`Edit`}
          </button>
        </td>
      )}
    </tr>
  )
}
