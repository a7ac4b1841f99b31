import { plural, t } from '@lingui/core/macro'
import { useComputedColorScheme } from '@mantine/core'
import {
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactNode,
} from 'react'

import type { History } from '@/lib/api/types'
import { formatDateTime, formatNumber, formatReading, formatTime, useLanguage } from '@/lib/i18n'
import { serverNow } from '@/lib/live/clock'
import { useSite } from '@/lib/site'

import { columnsOf } from './chart/columns'
import { drawnRows, moveCursor, type Columns, type Point, type Range } from './chart/history'
import type { ChartLevel } from './chart/levels'
import type { PlotAlert, PlotOptions, PlotOther } from './chart/plot-options'
import type { SeriesPlot } from './chart/series-plot'
import {
  afterWords,
  axisWords,
  beforeWords,
  gapWords,
  levelWords,
  seriesValue,
  summaryWords,
  tickWords,
  type ChartSeries,
} from './chart/words'
import { panRange, zoomRange } from './chart/zoom'
import classes from './SeriesChart.module.css'

const POINTS_WITH_SHIFT = 10

interface Props {
  /** Undefined until the first answer. */
  history: History | undefined
  /** Those of the history, where the page has computed them for itself. */
  columns?: Columns
  range: Range
  series: ChartSeries
  levels?: readonly ChartLevel[]
  alerts?: readonly PlotAlert[]
  /** The present value, where the range reaches up to now. */
  now?: Point | null
  /** A second line, with its name. */
  other?: (PlotOther & { label: string }) | null
  /** Another range was chosen on the chart; without it the range stands. */
  onRange?: (range: Range) => void
  /** A newer answer is on its way: the old line stays, pale. */
  loading?: boolean
  height?: number
  /** What the chart shows, for those who do not see it. */
  label: string
  /** Shown in the middle when the range holds nothing. */
  empty?: ReactNode
  /** Between the picture and its table: legend, ribbon. */
  children?: ReactNode
}

interface Cursor {
  index: number
  x: number
  /** Of the whole chart. */
  width: number
}

const NO_LEVELS: readonly ChartLevel[] = []
const NO_ALERTS: readonly PlotAlert[] = []

/** One series over time: band, line or steps, levels named on the line, gaps hatched and never bridged. */
export function SeriesChart(props: Props) {
  const {
    history,
    range,
    series,
    levels = NO_LEVELS,
    alerts = NO_ALERTS,
    now = null,
    other = null,
    onRange,
    loading = false,
    height = 372,
  } = props
  const { timezone } = useSite()
  const language = useLanguage()
  const columns = useMemo(
    () => props.columns ?? columnsOf(history, range, series),
    [props.columns, history, range, series],
  )
  const [cursor, setCursor] = useState<Cursor | null>(null)
  // The same until something of it changes: uPlot tells the cursor anew with all it is given.
  const options = useMemo(
    (): PlotOptions => ({
      // Of a range that is not answered yet nothing is known but its old line.
      columns: history && !loading ? columns : { ...columns, gaps: [], before: null, after: null },
      range,
      now,
      other,
      alerts,
      timezone,
      binary: series.kind === 'binary',
      levels: levels.map((level) => ({
        value: level.value,
        label: levelWords(level),
        tone: level.kind,
        side: level.side,
      })),
      words: {
        gap: gapWords,
        before: (ms) => beforeWords(ms, range),
        after: (ms) => afterWords(ms, range),
        tick: tickWords,
        value: (value, step) => axisWords(series, value, step),
      },
      onCursor: (index, x, width) => setCursor(index === null ? null : { index, x, width }),
      onRange,
    }),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- its words are read in the language of the page
    [history, loading, columns, range, now, other, alerts, timezone, series, levels, onRange, language],
  )
  const [host, plot] = usePlot(options, height)
  const summary = history ? summaryWords(props.label, series, columns, levels, range) : props.label
  const empty = history !== undefined && columns.t.length === 0

  return (
    <figure className={classes.chart} data-loading={loading || undefined}>
      <CursorKeys
        columns={columns}
        cursor={cursor}
        series={series}
        range={range}
        onMove={(index) => plot()?.setCursor(index)}
        onRange={onRange}
      >
        <div ref={host} className={classes.plot} style={{ height }} role="img" aria-label={summary} />
        {cursor && <Tooltip columns={columns} cursor={cursor} series={series} other={other} />}
      </CursorKeys>
      {empty && props.empty && <div className={classes.empty}>{props.empty}</div>}
      {props.children}
      <PointsTable columns={columns} series={series} />
    </figure>
  )
}

/** Keeps a uPlot in step with the options; it is made anew only when the theme or the kind of series changes. */
function usePlot(options: PlotOptions, height: number) {
  const host = useRef<HTMLDivElement>(null)
  const plot = useRef<SeriesPlot | null>(null)
  const latest = useRef(options)
  const scheme = useComputedColorScheme()
  const { binary, timezone } = options

  // Before the browser draws: chart, legend and figures change in one frame.
  useLayoutEffect(() => {
    latest.current = options
    plot.current?.update(options)
  }, [options])

  useEffect(() => {
    const element = host.current
    if (!element) return
    let gone = false
    let observer: ResizeObserver | null = null
    void import('./chart/series-plot').then(({ createSeriesPlot }) => {
      if (gone) return
      const made = createSeriesPlot(element, latest.current, element.clientWidth, height)
      plot.current = made
      observer = new ResizeObserver(() => made.resize(element.clientWidth, height))
      observer.observe(element)
    })
    return () => {
      gone = true
      observer?.disconnect()
      plot.current?.destroy()
      plot.current = null
    }
  }, [scheme, binary, timezone, height])

  return [host, () => plot.current] as const
}

interface CursorKeysProps {
  columns: Columns
  cursor: Cursor | null
  series: ChartSeries
  range: Range
  onMove: (index: number | null) => void
  onRange?: (range: Range) => void
  children: ReactNode
}

/**
 * Left and right go from point to point, Shift ten, Home and End to the edges, Escape away; plus and minus zoom at the
 * cursor, Page Up and Page Down go back and forth in time.
 */
function CursorKeys({ columns, cursor, series, range, onMove, onRange, children }: CursorKeysProps) {
  const at = cursor ? columns.t[cursor.index] : undefined
  const move = (event: KeyboardEvent) => {
    const index = cursor?.index ?? null
    const by = event.shiftKey ? POINTS_WITH_SHIFT : 1
    const targets: Record<string, () => number | null> = {
      ArrowLeft: () => moveCursor(columns, index, -by),
      ArrowRight: () => moveCursor(columns, index, by),
      Home: () => drawnRows(columns)[0]?.index ?? null,
      End: () => drawnRows(columns).at(-1)?.index ?? null,
      Escape: () => null,
    }
    const target = targets[event.key]
    const zoomed = onRange && rangeAfterKey(event, range, at ?? range.to)
    if (!target && !zoomed) return
    event.preventDefault()
    if (target) onMove(target())
    if (zoomed) onRange(zoomed)
  }
  return (
    <div
      className={classes.keys}
      role="slider"
      tabIndex={0}
      aria-label={t`Cursor on the chart`}
      aria-valuemin={columns.t[0] ?? 0}
      aria-valuemax={columns.t.at(-1) ?? 0}
      aria-valuenow={at ?? columns.t.at(-1) ?? 0}
      aria-valuetext={cursor ? pointWords(columns, cursor.index, series).join(', ') : t`no point chosen`}
      onKeyDown={move}
    >
      {children}
    </div>
  )
}

/** Half as much with each step, twice as much back. */
const ZOOM_STEP = 0.5
const PAN_STEP = 0.5

function rangeAfterKey(event: KeyboardEvent, range: Range, at: number): Range | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null
  const ranges: Record<string, () => Range> = {
    '+': () => zoomRange(range, at, ZOOM_STEP, serverNow()),
    '=': () => zoomRange(range, at, ZOOM_STEP, serverNow()),
    '-': () => zoomRange(range, at, 1 / ZOOM_STEP, serverNow()),
    PageUp: () => panRange(range, -PAN_STEP, serverNow()),
    PageDown: () => panRange(range, PAN_STEP, serverNow()),
  }
  return ranges[event.key]?.() ?? null
}

/** Value, time, and for a tier its range and count. */
function pointWords(columns: Columns, index: number, series: ChartSeries): string[] {
  const at = columns.t[index]
  const avg = columns.avg[index] ?? null
  if (at === undefined) return []
  if (avg === null) return [t`no data`, formatDateTime(at)]
  const shown = series.kind === 'binary' ? (columns.max[index] ?? avg) : avg
  const words = [seriesValue(series, shown), formatDateTime(at, columns.bucketMs < 60_000)]
  const count = columns.n[index] ?? 1
  if (columns.bucketMs === 0 || series.kind === 'binary') return words
  const low = formatReading(series, columns.min[index] ?? avg)
  const high = formatReading(series, columns.max[index] ?? avg)
  return [...words, t`${low} to ${high} · ${plural(count, { one: '# reading', other: '# readings' })}`]
}

/** With its margin, at its usual width. */
const TOOLTIP_PX = 200
const BESIDE_PX = 10

interface TooltipProps {
  columns: Columns
  cursor: Cursor
  series: ChartSeries
  other: (PlotOther & { label: string }) | null
}

function Tooltip({ columns, cursor, series, other }: TooltipProps) {
  const [value, ...rest] = pointWords(columns, cursor.index, series)
  const fits = cursor.x + TOOLTIP_PX < cursor.width
  const left = fits ? cursor.x + BESIDE_PX : Math.max(0, cursor.x - TOOLTIP_PX)
  return (
    <div className={classes.tooltip} style={{ left }} aria-hidden="true">
      <b>{value}</b>
      {rest.map((line) => (
        <span key={line}>{line}</span>
      ))}
      {other && <span className={classes.other}>{otherWords(other, columns.t[cursor.index])}</span>}
    </div>
  )
}

/** The second line's value at about the cursor's time. */
function otherWords(other: PlotOther & { label: string }, at: number | undefined): string {
  const { columns, binary, label } = other
  if (at === undefined) return label
  const after = columns.t.findIndex((t) => t >= at)
  const index = after < 0 ? columns.t.length - 1 : after
  const value = (binary ? columns.max : columns.avg)[index] ?? null
  return value === null ? label : `${label}: ${other.words(value)}`
}

/** The same points as a table, newest first; built only when opened. */
function PointsTable({ columns, series }: { columns: Columns; series: ChartSeries }) {
  const [open, setOpen] = useState(false)
  const rows = open ? drawnRows(columns).reverse() : []
  const tiered = columns.bucketMs > 0 && series.kind === 'number'
  return (
    <details className={classes.table} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t`Show as a table`}</summary>
      <div className={classes.rows}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t`At`}</th>
              <th scope="col" className="n">
                {tiered ? t`Average` : t`Value`}
              </th>
              {tiered && <th scope="col" className="n">{t`Lowest`}</th>}
              {tiered && <th scope="col" className="n">{t`Highest`}</th>}
              {tiered && <th scope="col" className="n">{t`Readings`}</th>}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.t}>
                <td>
                  {columns.bucketMs < 60_000
                    ? `${formatDateTime(row.t).slice(0, 10)} ${formatTime(row.t, true)}`
                    : formatDateTime(row.t)}
                </td>
                <td className="n">{seriesValue(series, series.kind === 'binary' ? row.max : row.avg)}</td>
                {tiered && <td className="n">{formatReading(series, row.min)}</td>}
                {tiered && <td className="n">{formatReading(series, row.max)}</td>}
                {tiered && <td className="n">{formatNumber(row.n, 0)}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  )
}
