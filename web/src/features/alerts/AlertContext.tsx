import { t } from '@lingui/core/macro'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { Link } from 'react-router'
import { levelsOf } from '@/components/chart/levels'
import { ErrorState } from '@/components/ErrorState'
import { SeriesChart } from '@/components/SeriesChart'
import { spansOf } from '@/lib/alertSpans'
import { fetchHistory } from '@/lib/api/history'
import type { Alert, Series } from '@/lib/api/types'
import { serverNow, useNow } from '@/lib/live/clock'
import { formatTime } from '@/lib/i18n'
import { useSite } from '@/lib/site'

/** The evidence: this long before and after the moment of opening. */
const AROUND_MS = 15 * 60_000
const POINTS = 400
/** While the alert is young the right half of the picture still grows. */
const REFRESH_MS = 10_000

export function AlertContext({ alert, series }: { alert: Alert; series: Series }) {
  const { slug } = useSite()
  const now = useNow()
  const end = alert.opened_ms + AROUND_MS
  // The future is not a gap: the picture ends now, in steps, so that it is not drawn anew each second.
  const to = Math.min(end, Math.ceil(now / REFRESH_MS) * REFRESH_MS)
  const range = { from: alert.opened_ms - AROUND_MS, to }
  const query = useQuery({
    queryKey: ['series', series.id, 'around', alert.opened_ms],
    queryFn: () => fetchHistory(series.id, range.from, end, POINTS),
    refetchInterval: () => (serverNow() < end ? REFRESH_MS : false),
    placeholderData: keepPreviousData,
  })
  const { name } = series
  const spans = useMemo(() => spansOf(alert).map((span) => ({ ...span, severity: alert.severity })), [alert])
  const at = formatTime(alert.opened_ms)
  return (
    <section className="panel" aria-label={t`What happened`}>
      <header>
        <h2 className="grow">{t`What happened`}</h2>
        <span className="small muted">
          {t`15 minutes before and after`} ·{' '}
          <Link to={`/s/${slug}/series/${series.id}`}>{t`open the chart`}</Link>
        </span>
      </header>
      <div className="body">
        {query.error && !query.data ? (
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <SeriesChart
            history={query.data}
            range={range}
            series={series}
            levels={levelsOf(alert.condition)}
            alerts={spans}
            height={256}
            label={t`${name}, 15 minutes before and after ${at}`}
            empty={t`No readings in this range.`}
          />
        )}
      </div>
    </section>
  )
}
