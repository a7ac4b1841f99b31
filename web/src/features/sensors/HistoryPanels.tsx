import { t } from '@lingui/core/macro'
import { useMemo } from 'react'

import { AgeBadge } from '@/components/AgeBadge'
import { columnsOf } from '@/components/chart/columns'
import { ribbon, type Columns, type Range } from '@/components/chart/history'
import { levelsOf } from '@/components/chart/levels'
import type { PlotAlert } from '@/components/chart/plot-options'
import { beforeWords } from '@/components/chart/words'
import { zoomRange } from '@/components/chart/zoom'
import { ErrorState } from '@/components/ErrorState'
import { FreshnessRibbon } from '@/components/FreshnessRibbon'
import { RangePicker } from '@/components/RangePicker'
import { SeriesChart } from '@/components/SeriesChart'
import { spansOf } from '@/lib/alertSpans'
import type { Alert, Rule, Series } from '@/lib/api/types'
import { formatDateTime, formatDuration, useLanguage } from '@/lib/i18n'
import { useLatest } from '@/lib/live'
import { serverNow } from '@/lib/live/clock'

import { comparedFrom, seriesWords, useOther, useOtherSeries } from './compare'
import { ComparePicker } from './ComparePicker'
import { DaysTable } from './DaysTable'
import { FiguresPanel } from './FiguresPanel'
import { Legend } from './Legend'
import { OwnRange } from './OwnRange'
import { DevicePanel, RulesPanel } from './panels'
import { DEFAULT_RANGE, RANGE_NAMES, type Chosen } from './ranges'
import classes from './SensorPage.module.css'
import { SeriesAlerts } from './SeriesAlerts'
import { coverageWords } from './summaryWords'
import { useHistory } from './useHistory'
import { limitsOf, useSummary } from './useSummary'
import type { View } from './view'

interface Props {
  series: Series
  rules: readonly Rule[]
  alerts: readonly Alert[]
  view: View
}

/** The chart of the range with its figures, days, rules and alerts. */
export function HistoryPanels({ series, rules, alerts, view }: Props) {
  const { chosen, compare } = view
  const { query, history, range, known, now } = useHistory(series.id, chosen)
  const columns = useMemo(() => columnsOf(history, range, series, known), [history, range, series, known])
  const levels = useMemo(() => rules.flatMap((rule) => levelsOf(rule.condition)), [rules])
  const second = useOtherSeries(compare, series)
  const language = useLanguage()
  // eslint-disable-next-line react-hooks/exhaustive-deps -- its words are read in the language of the page
  const compared = useMemo(() => comparedFrom(compare, series, second), [compare, series, second, language])
  const other = useOther(compared, series, chosen, range)
  const label = seriesWords(series)
  const firstMs = known.firstMs ?? null
  const spans = useSpans(alerts)

  return (
    <div className={classes.columns}>
      <div className={classes.main}>
        <section className="panel" aria-label={t`History`}>
          <header className="wrap">
            <Controls series={series} second={second} range={range} view={view} />
            <span className={`small muted grow ${classes.extent}`}>
              {history && extentWords(range, columns)}
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
                now={now}
                other={other}
                series={series}
                levels={levels}
                alerts={spans}
                loading={query.isPlaceholderData}
                label={label}
                empty={
                  <RangeEmpty
                    series={series}
                    firstMs={firstMs}
                    range={range}
                    onReset={() => view.choose(DEFAULT_RANGE)}
                  />
                }
                onRange={view.choose}
              >
                <Legend
                  binary={series.kind === 'binary'}
                  averaged={columns.bucketMs > 0}
                  limited={levels.length > 0}
                  other={other?.label ?? null}
                />
                {history && (
                  <Ribbon
                    series={series}
                    rules={rules}
                    chosen={chosen}
                    columns={columns}
                    range={range}
                    firstMs={firstMs}
                  />
                )}
              </SeriesChart>
            )}
          </div>
        </section>
        <DaysTable series={series} rules={rules} chosen={chosen} />
        <SeriesAlerts alerts={alerts} series={series} />
      </div>
      <div className={classes.side}>
        <FiguresPanel series={series} rules={rules} chosen={chosen} firstMs={firstMs} />
        <RulesPanel series={series} rules={rules} alerts={alerts} />
        <DevicePanel series={series} />
      </div>
    </div>
  )
}

const ZOOM_STEP = 0.5

interface ControlsProps {
  series: Series
  /** The one that is compared with. */
  second: Series | null
  range: Range
  view: View
}

function Controls({
  series,
  second,
  range,
  view: { chosen, choose, back, compare, setCompare },
}: ControlsProps) {
  const zoom = (factor: number) => choose(zoomRange(range, (range.from + range.to) / 2, factor, serverNow()))
  return (
    <div className={classes.controls}>
      <RangePicker names={RANGE_NAMES} value={typeof chosen === 'string' ? chosen : null} onChange={choose} />
      <OwnRange range={range} own={typeof chosen !== 'string'} onChoose={choose} />
      <div className="row" role="group" aria-label={t`Zoom`}>
        <button type="button" className="btn" aria-label={t`Zoom in`} onClick={() => zoom(ZOOM_STEP)}>
          {'+'}
        </button>
        <button type="button" className="btn" aria-label={t`Zoom out`} onClick={() => zoom(1 / ZOOM_STEP)}>
          {'\u2212'}
        </button>
        {back && (
          <button type="button" className="btn" onClick={back}>
            {t({ message: 'Back', context: 'zoom' })}
          </button>
        )}
      </div>
      <ComparePicker series={series} other={second} value={compare} onChange={setCompare} />
    </div>
  )
}

interface RibbonProps {
  series: Series
  rules: readonly Rule[]
  chosen: Chosen
  columns: Columns
  range: Range
  firstMs: number | null
}

/** The picture is drawn from the chart's points; its figure is the server's. */
function Ribbon({ series, rules, chosen, columns, range, firstMs }: RibbonProps) {
  const [limit = {}] = limitsOf(series, rules)
  const figures = useSummary(series.id, chosen, limit).data
  const budgetMs = series.freshness_seconds * 1000
  const slots = useMemo(() => ribbon(columns, range, budgetMs), [columns, range, budgetMs])
  return <FreshnessRibbon slots={slots} share={figures ? coverageWords(figures, firstMs) : null} />
}

function useSpans(alerts: readonly Alert[]): PlotAlert[] {
  return useMemo(
    () => alerts.flatMap((alert) => spansOf(alert).map((span) => ({ ...span, severity: alert.severity }))),
    [alerts],
  )
}

function extentWords(range: Range, columns: Columns): string {
  const from = formatDateTime(range.from)
  const to = formatDateTime(range.to)
  const width = formatDuration(columns.bucketMs)
  const step = columns.bucketMs === 0 ? t`every reading` : t`in steps of ${width}`
  return `${t`${from} to ${to}`} · ${step}`
}

interface RangeEmptyProps {
  series: Series
  firstMs: number | null
  range: Range
  onReset: () => void
}

function RangeEmpty({ series, firstMs, range, onReset }: RangeEmptyProps) {
  const latest = useLatest(series.id)
  if (!latest) return <p className="soft">{t`No reading from this device yet.`}</p>
  const last = formatDateTime(latest.tsMs)
  return (
    <div>
      <p className="soft">
        {firstMs !== null && firstMs >= range.to
          ? beforeWords(firstMs, { from: range.from, to: firstMs })
          : t`No readings in this range. Latest: ${last}.`}
      </p>
      <AgeBadge tsMs={latest.tsMs} budgetMs={series.freshness_seconds * 1000} />
      <p>
        <button type="button" className="btn" onClick={onReset}>{t`Back to the last 24 h`}</button>
      </p>
    </div>
  )
}
