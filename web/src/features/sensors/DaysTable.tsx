import { t } from '@lingui/core/macro'
import { useState } from 'react'

import { ErrorState } from '@/components/ErrorState'
import { Icon } from '@/components/Icon'
import type { Rule, Series, SummaryDay } from '@/lib/api/types'
import { formatDate, formatNumber } from '@/lib/i18n'
import { serverNow } from '@/lib/live/clock'
import { valueWords } from '@/lib/words'

import { spanOf, type Chosen } from './ranges'
import classes from './SensorPage.module.css'
import { conditionTitle, durationBounds, shareBounds, timesBounds } from './summaryWords'
import { rangeAt } from './useHistory'
import { csvAddress, limitsOf, useSummary, type Limit } from './useSummary'

/** The server tells no more days at once. */
const MOST_MS = 400 * 86_400_000

interface Props {
  series: Series
  rules: readonly Rule[]
  chosen: Chosen
}

/** The figures of each day at the site, newest first, as a HACCP sheet wants them; read only when it is opened. */
export function DaysTable({ series, rules, chosen }: Props) {
  const [open, setOpen] = useState(false)
  const [limit = {}] = limitsOf(series, rules)
  return (
    <details className={`panel ${classes.days}`} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <h2 className="grow">{t`By day`}</h2>
        <Icon name="down" size="m" />
      </summary>
      {open && spanOf(chosen) > MOST_MS && (
        <p className={`soft ${classes.pad}`}>{t`Choose at most 400 days.`}</p>
      )}
      {open && spanOf(chosen) <= MOST_MS && <Days series={series} chosen={chosen} limit={limit} />}
    </details>
  )
}

function Days({ series, chosen, limit }: { series: Series; chosen: Chosen; limit: Limit }) {
  const { data, error, refetch } = useSummary(series.id, chosen, limit, true)
  if (!data) {
    return error ? (
      <ErrorState error={error} onRetry={() => void refetch()} />
    ) : (
      <p className={`soft ${classes.pad}`} aria-busy="true">{t`Reading…`}</p>
    )
  }
  const days = [...(data.days ?? [])].reverse()
  const number = series.kind === 'number'
  const condition = data.beyond?.condition
  return (
    <>
      <div className={`scrollx ${classes.rows}`}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t`Day`}</th>
              {number && <th scope="col" className="n">{t`Lowest`}</th>}
              {number && <th scope="col" className="n">{t`Average`}</th>}
              {number && <th scope="col" className="n">{t`Highest`}</th>}
              {condition && (
                <th scope="col" className="n">
                  {number ? conditionTitle(condition, series.unit) : valueWords(series, 1)}
                </th>
              )}
              {condition && (
                <th scope="col" className="n">
                  {number ? t`excursions` : t`how often`}
                </th>
              )}
              <th scope="col" className="n">{t`Readings`}</th>
              <th scope="col" className="n">{t`Time with data`}</th>
            </tr>
          </thead>
          <tbody>
            {days.map((day) => (
              <DayRow key={day.date} day={day} series={series} nowMs={data.now_ms} />
            ))}
          </tbody>
        </table>
      </div>
      <p className={classes.pad}>
        <a className="btn" href={csvAddress(series.id, rangeAt(chosen, serverNow()), limit)} download>
          {t`Download the days as CSV`}
        </a>
      </p>
    </>
  )
}

function DayRow({ day, series, nowMs }: { day: SummaryDay; series: Series; nowMs: number }) {
  const number = series.kind === 'number'
  const value = (each: number | undefined | null) => (each == null ? '–' : valueWords(series, each))
  return (
    <tr>
      <th scope="row">{formatDate((day.from_ms + day.to_ms) / 2)}</th>
      {number && <td className="n">{value(day.min?.value)}</td>}
      {number && <td className="n">{value(day.mean)}</td>}
      {number && <td className="n">{value(day.max?.value)}</td>}
      {day.beyond && <td className="n">{durationBounds(day.beyond.time_ms)}</td>}
      {day.beyond && <td className="n">{timesBounds(day.beyond.count)}</td>}
      <td className="n">{formatNumber(day.count, 0)}</td>
      <td className="n">{shareBounds(day.with_data_ms, Math.min(day.to_ms, nowMs) - day.from_ms)}</td>
    </tr>
  )
}
