import { t } from '@lingui/core/macro'
import { useMemo } from 'react'
import { Link, useParams, useSearchParams } from 'react-router'

import { AgeBadge } from '@/components/AgeBadge'
import { columnsOf } from '@/components/chart/columns'
import { ribbon, statistics } from '@/components/chart/history'
import { levelsOf } from '@/components/chart/levels'
import type { PlotAlert } from '@/components/chart/plot-options'
import { EmptyState } from '@/components/EmptyState'
import { ErrorState } from '@/components/ErrorState'
import { FreshnessRibbon } from '@/components/FreshnessRibbon'
import { Icon } from '@/components/Icon'
import { PageTitle } from '@/components/PageTitle'
import { RangePicker } from '@/components/RangePicker'
import { SeriesChart } from '@/components/SeriesChart'
import { PageSkeleton } from '@/components/Skeletons'
import { spansOf } from '@/lib/alertSpans'
import type { Alert, Rule, Series } from '@/lib/api/types'
import { formatDateTime, formatNumber } from '@/lib/i18n'
import { useLatest } from '@/lib/live'
import { useRules, useSeries } from '@/lib/queries'
import { useSite } from '@/lib/site'
import { rulesOfSeries } from '@/lib/thresholds'

import { DevicePanel, NumbersPanel, RulesPanel } from './panels'
import { DEFAULT_RANGE, RANGE_NAMES, rangeFrom, type RangeName } from './ranges'
import { SensorHead } from './SensorHead'
import classes from './SensorPage.module.css'
import { SeriesAlerts } from './SeriesAlerts'
import { useHistory } from './useHistory'
import { useSeriesAlerts } from './useSeriesAlerts'

/** One series: its number now, its history, its numbers, its rules and its alerts. */
export default function SensorPage() {
  const { slug } = useSite()
  const { id } = useParams()
  const all = useSeries(slug)
  if (all.isPending) return <PageSkeleton />
  if (!all.data) return <ErrorState error={all.error} onRetry={() => void all.refetch()} />
  const series = all.data.find((each) => String(each.id) === id)
  if (!series) return <Gone />
  return <Sensor key={series.id} series={series} />
}

function Gone() {
  const { slug } = useSite()
  return (
    <section className="panel">
      <PageTitle text={t`Series`} hidden />
      <EmptyState
        text={t`There is no such series, or you may not view it.`}
        action={<Link className="btn" to={`/s/${slug}`}>{t`To the overview`}</Link>}
      />
    </section>
  )
}

const NO_RULES: readonly Rule[] = []

function Sensor({ series }: { series: Series }) {
  const { slug, name: site } = useSite()
  const [query, setQuery] = useSearchParams()
  const name = rangeFrom(query.get('range'))
  const rules = useRules(slug).data ?? NO_RULES
  const own = useMemo(() => rulesOfSeries(series, rules), [series, rules])
  const alerts = useSeriesAlerts(series.id)
  const choose = (range: RangeName) =>
    setQuery((old) => new URLSearchParams({ ...Object.fromEntries(old), range }), { replace: true })

  return (
    <>
      <nav className={classes.crumb} aria-label={t`Path`}>
        <Link to={`/s/${slug}`}>{site}</Link>
        <Icon name="right" size="s" />
        <span>{series.zone?.name ?? series.device_name}</span>
        <Icon name="right" size="s" />
        <span>{series.name}</span>
      </nav>
      <SensorHead series={series} rules={own} active={alerts.active} range={name} />
      <History series={series} rules={own} alerts={alerts.all} name={name} onRange={choose} />
    </>
  )
}

interface HistoryProps {
  series: Series
  rules: readonly Rule[]
  alerts: readonly Alert[]
  name: RangeName
  onRange: (name: RangeName) => void
}

function History({ series, rules, alerts, name, onRange }: HistoryProps) {
  const { query, history, range } = useHistory(series.id, name)
  const budgetMs = series.freshness_seconds * 1000
  const columns = useMemo(() => columnsOf(history, range, series), [history, range, series])
  const levels = useMemo(() => rules.flatMap((rule) => levelsOf(rule.condition)), [rules])
  const spans = useSpans(alerts)
  const raise = levels.find((level) => level.kind === 'raise') ?? null
  const label = series.zone ? `${series.name}, ${series.zone.name}` : `${series.name}, ${series.device_name}`

  return (
    <div className={classes.columns}>
      <div className={classes.main}>
        <section className="panel" aria-label={t`History`}>
          <header className="wrap">
            <RangePicker names={RANGE_NAMES} value={name} onChange={onRange} />
            <span className={`small muted grow ${classes.extent}`}>
              {history && extentWords(range, history.tier, history.t.length)}
            </span>
          </header>
          <div className={classes.chart}>
            {query.isError && !history ? (
              <ErrorState error={query.error} onRetry={() => void query.refetch()} />
            ) : (
              <SeriesChart
                history={history}
                columns={columns}
                range={range}
                series={series}
                levels={levels}
                alerts={spans}
                loading={query.isPlaceholderData}
                label={label}
                empty={<RangeEmpty series={series} onReset={() => onRange(DEFAULT_RANGE)} />}
              >
                <Legend binary={series.kind === 'binary'} />
                {history && <FreshnessRibbon ribbon={ribbon(columns, range, budgetMs)} />}
              </SeriesChart>
            )}
          </div>
        </section>
        <SeriesAlerts alerts={alerts} series={series} />
      </div>
      <div className={classes.side}>
        <NumbersPanel
          name={name}
          series={series}
          ready={history !== undefined}
          numbers={statistics(columns, raise && { value: raise.value, side: raise.side })}
          level={raise}
        />
        <RulesPanel series={series} rules={rules} alerts={alerts} />
        <DevicePanel series={series} />
      </div>
    </div>
  )
}

function useSpans(alerts: readonly Alert[]): PlotAlert[] {
  return useMemo(
    () => alerts.flatMap((alert) => spansOf(alert).map((span) => ({ ...span, severity: alert.severity }))),
    [alerts],
  )
}

function extentWords(range: { from: number; to: number }, tier: string, count: number): string {
  const from = formatDateTime(range.from)
  const to = formatDateTime(range.to)
  const points = formatNumber(count, 0)
  const step = tier === 'raw' ? t`every reading` : t`tier ${tierWord(tier)}`
  return `${t`${from} to ${to}`} · ${step} · ${t`${points} points`}`
}

/** `1m` -> `1 phút`; a tier of another name stays as it is. */
function tierWord(tier: string): string {
  const words: Record<string, string> = {
    '1m': t`1 min`,
    '15m': t`15 min`,
    '1h': t`1 h`,
    '1d': t`1 day`,
  }
  return words[tier] ?? tier
}

function Legend({ binary }: { binary: boolean }) {
  return (
    <div className={classes.legend} aria-hidden="true">
      <span>
        <i className={classes.line} />
        {binary ? t`state` : t`average`}
      </span>
      {!binary && (
        <span>
          <i className={classes.band} />
          {t`lowest to highest`}
        </span>
      )}
      <span>
        <i className={classes.gap} />
        {t`no data, not bridged`}
      </span>
      <span>
        <i className={classes.span} />
        {t`alert open`}
      </span>
    </div>
  )
}

function RangeEmpty({ series, onReset }: { series: Series; onReset: () => void }) {
  const latest = useLatest(series.id)
  if (!latest) return <p className="soft">{t`No reading from this device yet.`}</p>
  const last = formatDateTime(latest.tsMs)
  return (
    <div>
      <p className="soft">{t`No readings in this range. Latest: ${last}.`}</p>
      <AgeBadge tsMs={latest.tsMs} budgetMs={series.freshness_seconds * 1000} />
      <p>
        <button type="button" className="btn" onClick={onReset}>{t`Back to the last 24 h`}</button>
      </p>
    </div>
  )
}
