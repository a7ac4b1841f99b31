import { plural, t } from '@lingui/core/macro'
import { useMemo } from 'react'
import { Link } from 'react-router'

import { AgeBadge } from '@/components/AgeBadge'
import { EmptyState } from '@/components/EmptyState'
import { Icon } from '@/components/Icon'
import { PageTitle } from '@/components/PageTitle'
import type { Device } from '@/lib/api/types'
import { useNow } from '@/lib/live/clock'
import { formatDuration } from '@/lib/i18n'
import { useSeries } from '@/lib/queries'
import { useCan, useSite } from '@/lib/site'

import classes from './DeviceTable.module.css'
import { budgetsOf, byNeed, DEFAULT_BUDGET_MS, SKEW_SHOWN_MS } from './order'
import { protocolWords } from './words'

/** Every device of the site, those that need a look first. */
export function DeviceTable({ devices, note }: { devices: readonly Device[]; note?: string }) {
  const { slug } = useSite()
  const owner = useCan('owner')
  const series = useSeries(slug).data
  const budgets = useMemo(() => budgetsOf(series ?? []), [series])
  const now = useNow()
  const add = (
    <Link className="btn primary" to={`/s/${slug}/devices/new`}>
      <Icon name="plus" size="m" />
      {t`Add device`}
    </Link>
  )
  return (
    <>
      <div className={classes.toolbar}>
        <div className="grow">
          <PageTitle text={t`Devices`} />
        </div>
        {owner && add}
      </div>
      {note && (
        <p role="alert" className={classes.note}>
          {note}
        </p>
      )}
      <section className="panel">
        {devices.length === 0 ? (
          <EmptyState
            text={t`No devices yet. Add one, or run the demo with simulated data.`}
            action={owner ? add : undefined}
          />
        ) : (
          <table className={classes.table}>
            <thead>
              <tr>
                <th scope="col">{t`Name`}</th>
                <th scope="col">{t`Place`}</th>
                <th scope="col">{t`Protocol`}</th>
                <th scope="col">{t`Last seen`}</th>
                <th scope="col" className="n">
                  {t({ message: 'Series', context: 'count' })}
                </th>
              </tr>
            </thead>
            <tbody>
              {byNeed(devices, budgets, now).map((device) => (
                <Row key={device.id} device={device} budgetMs={budgets.get(device.id) ?? DEFAULT_BUDGET_MS} />
              ))}
            </tbody>
          </table>
        )}
      </section>
    </>
  )
}

function Row({ device, budgetMs }: { device: Device; budgetMs: number }) {
  const { slug } = useSite()
  const count = device.series_count
  return (
    <tr>
      <td>
        <Link className={classes.name} to={`/s/${slug}/devices/${encodeURIComponent(device.id)}`}>
          {device.name || device.id}
        </Link>
        <Troubles device={device} />
      </td>
      <td data-label={t`Place`}>{device.zone?.name ?? t`not placed`}</td>
      <td data-label={t`Protocol`}>{protocolWords(device.protocol)}</td>
      <td data-label={t`Last seen`}>
        <AgeBadge tsMs={device.last_seen_ms ?? undefined} budgetMs={budgetMs} />
      </td>
      <td data-label={t({ message: 'Series', context: 'count' })} className="n">{t`${count} series`}</td>
    </tr>
  )
}

/** A wrong clock and refused bodies are said in the list, where they are seen. */
function Troubles({ device }: { device: Device }) {
  const rejected = device.rejected_count
  const skew = skewWords(device.clock_skew_ms)
  if (!rejected && !skew) return null
  return (
    <span className={classes.troubles}>
      {skew}
      {skew && rejected > 0 && ' · '}
      {rejected > 0 && plural(rejected, { one: '# message rejected', other: '# messages rejected' })}
    </span>
  )
}

/** Only when the clock is wrong enough to matter. */
export function skewWords(skewMs: number | null): string {
  if (skewMs === null || Math.abs(skewMs) < SKEW_SHOWN_MS) return ''
  const size = formatDuration(Math.abs(skewMs))
  return skewMs > 0 ? t`device clock ${size} fast` : t`device clock ${size} slow`
}
