import { plural, t } from '@lingui/core/macro'
import { Select, TextInput } from '@mantine/core'
import { useMemo, useState } from 'react'
import { Link, useSearchParams } from 'react-router'

import { AgeBadge } from '@/components/AgeBadge'
import { EmptyState } from '@/components/EmptyState'
import { Icon } from '@/components/Icon'
import { PageTitle } from '@/components/PageTitle'
import type { Device } from '@/lib/api/types'
import { serverNow } from '@/lib/live/clock'
import { useCan, useSite } from '@/lib/site'
import { wrongClockWords } from '@/lib/words'

import classes from './DeviceTable.module.css'
import { FILTERS, filterFrom, shownDevices, type DeviceFilter } from './filter'
import { budgetOf, byNeed } from './order'
import { useLiveDevices } from './useLiveDevices'
import { protocolWords } from './words'

/** Rows at a time: a table of 3,000 takes seconds to draw. */
const PAGE = 100

/** Every device of the site, those that need a look first. */
export function DeviceTable({ devices, note }: { devices: readonly Device[]; note?: string }) {
  const { slug } = useSite()
  const owner = useCan('owner')
  const { filter, search, change } = useFilter()
  const [shownCount, setShownCount] = useState(PAGE)
  const found = useMemo(
    // In the order of the moment the list came: rows that change places each second cannot be read.
    () =>
      byNeed(
        shownDevices(devices, filter, search, (skew) => wrongClockWords(skew) !== ''),
        serverNow(),
      ),
    [devices, filter, search],
  )
  const count = Math.min(PAGE, found.length - shownCount)
  const add = owner && (
    <Link className="btn primary" to={`/s/${slug}/devices/new`}>
      <Icon name="plus" size="m" />
      {t`Add device`}
    </Link>
  )
  return (
    <>
      <div className="toolbar">
        <div className="grow">
          <PageTitle text={t`Devices`} />
        </div>
        {add}
      </div>
      {note && (
        <p role="alert" className={classes.note}>
          {note}
        </p>
      )}
      {devices.length > 0 && (
        <Finder
          filter={filter}
          search={search}
          count={found.length}
          onChange={(key, value) => {
            setShownCount(PAGE)
            change(key, value)
          }}
        />
      )}
      <section className="panel">
        {devices.length > 0 && found.length === 0 ? (
          <EmptyState text={t`Nothing fits. Change the search or the filter.`} />
        ) : devices.length === 0 ? (
          <EmptyState
            text={t`No devices yet. Add one, or run the demo with simulated data.`}
            action={add || undefined}
          />
        ) : (
          <Table devices={found.slice(0, shownCount)} />
        )}
        {count > 0 && (
          <button type="button" className="btn" onClick={() => setShownCount(shownCount + PAGE)}>
            {t`Show ${count} more`}
          </button>
        )}
      </section>
    </>
  )
}

/** Filter and words, which stand in the address. */
function useFilter() {
  const [query, setQuery] = useSearchParams()
  const change = (key: 'filter' | 'q', value: string) =>
    setQuery(
      (old) => {
        if (value) old.set(key, value)
        else old.delete(key)
        return old
      },
      { replace: true },
    )
  return { filter: filterFrom(query.get('filter')), search: query.get('q') ?? '', change }
}

interface FinderProps {
  filter: DeviceFilter
  search: string
  /** How many were found. */
  count: number
  onChange: (key: 'filter' | 'q', value: string) => void
}

function Finder({ filter, search, count, onChange }: FinderProps) {
  return (
    <div className={classes.find}>
      <TextInput
        type="search"
        aria-label={t`Search`}
        placeholder={t`Name, id or place`}
        leftSection={<Icon name="find" size="m" />}
        value={search}
        onChange={(event) => onChange('q', event.currentTarget.value)}
      />
      <Select
        aria-label={t`Show`}
        data={FILTERS.map((value) => ({ value, label: filterWords(value) }))}
        value={filter}
        onChange={(value) => onChange('filter', value === 'used' ? '' : (value ?? ''))}
        allowDeselect={false}
      />
      <span className="small muted num" role="status">
        {plural(count, { one: '# device', other: '# devices' })}
      </span>
    </div>
  )
}

function filterWords(filter: DeviceFilter): string {
  switch (filter) {
    case 'used':
      return t({ message: 'All', context: 'devices' })
    case 'offline':
      return t`Offline`
    case 'unseen':
      return t`Never seen`
    case 'troubled':
      return t`With troubles`
    case 'retired':
      return t`Retired`
  }
}

function Table({ devices }: { devices: readonly Device[] }) {
  const { slug } = useSite()
  const live = useLiveDevices(slug, devices)
  return (
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
        {devices.map((device) => (
          <Row key={device.id} device={live.get(device.id) ?? device} />
        ))}
      </tbody>
    </table>
  )
}

function Row({ device }: { device: Device }) {
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
        <AgeBadge tsMs={device.last_seen_ms ?? undefined} budgetMs={budgetOf(device)} />
      </td>
      <td data-label={t({ message: 'Series', context: 'count' })} className="n">{t`${count} series`}</td>
    </tr>
  )
}

/** A wrong clock and refused bodies are said in the list, where they are seen. */
function Troubles({ device }: { device: Device }) {
  const rejected = device.rejected_count
  const skew = wrongClockWords(device.clock_skew_ms)
  if (!rejected && !skew) return null
  return (
    <span className={classes.troubles}>
      {skew}
      {skew && rejected > 0 && ' · '}
      {rejected > 0 && plural(rejected, { one: '# message rejected', other: '# messages rejected' })}
    </span>
  )
}
