/** uPlot dressed for one series: band, line or steps, levels, gaps, alert spans. No React in here. */

import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'

import { valueRange, type Columns, type Range, type Span } from './history'

export interface PlotLevel {
  value: number
  label: string
  tone: 'raise' | 'clear'
}

export interface PlotAlert {
  from: number
  /** Null while it is open. */
  to: number | null
  severity: 'critical' | 'warning' | 'info'
}

export interface PlotWords {
  /** Two short lines beside a gap. */
  gap: (gap: Span) => [string, string]
  value: (value: number) => string
  tick: (ms: number, stepMs: number) => string
}

export interface PlotOptions {
  columns: Columns
  range: Range
  levels: readonly PlotLevel[]
  alerts: readonly PlotAlert[]
  words: PlotWords
  binary: boolean
  timezone: string
  /** x: from the left edge of the chart, which is `width` wide. */
  onCursor: (index: number | null, x: number, width: number) => void
}

export interface SeriesPlot {
  update: (options: PlotOptions) => void
  setCursor: (index: number | null) => void
  resize: (width: number, height: number) => void
  destroy: () => void
}

type Draw = (plot: uPlot, colours: Colours, options: PlotOptions) => void

const MARK_ROOM = 30
const RATIO = () => window.devicePixelRatio || 1

interface Colours {
  ink: string
  ink3: string
  grid: string
  accent: string
  band: string
  crit: string
  late: string
  lateMark: string
  stale: string
  staleSoft: string
  surface: string
  font: string
}

function coloursOf(element: Element): Colours {
  const style = getComputedStyle(element)
  const token = (name: string) => style.getPropertyValue(`--bv-${name}`).trim()
  return {
    ink: token('ink'),
    ink3: token('ink-3'),
    grid: token('grid'),
    accent: token('accent'),
    band: token('band'),
    crit: token('crit'),
    late: token('late'),
    lateMark: token('late-mark'),
    stale: token('stale'),
    staleSoft: token('stale-soft'),
    surface: token('surface'),
    font: style.fontFamily,
  }
}

export function createSeriesPlot(
  element: HTMLElement,
  first: PlotOptions,
  width: number,
  height: number,
): SeriesPlot {
  let options = first
  const colours = coloursOf(element)
  const layer = (draw: Draw) => (plot: uPlot) => draw(plot, colours, options)
  const plot = new uPlot(
    {
      width,
      height,
      ms: 1,
      tzDate: (ms) => uPlot.tzDate(new Date(ms), options.timezone),
      padding: [MARK_ROOM, 14, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        drag: { x: false, y: false },
        points: { show: (self, i) => cursorPoint(self, i, colours) },
      },
      scales: {
        x: { time: true, range: () => [options.range.from, options.range.to] },
        y: {
          range: () =>
            options.binary
              ? [-0.15, 1.25]
              : valueRange(
                  options.columns,
                  options.levels.map((l) => l.value),
                ),
        },
      },
      axes: [timeAxis(colours, () => options), valueAxis(colours, () => options)],
      series: [
        {},
        { show: !first.binary, points: { show: false } },
        { show: !first.binary, points: { show: false } },
        line(colours, first.binary),
      ],
      bands: first.binary ? [] : [{ series: [2, 1], fill: colours.band }],
      hooks: {
        drawClear: [layer(drawGaps), layer(drawAlertSpans)],
        draw: [layer(drawLevels), layer(drawAlertMarks), layer(drawNow)],
        setCursor: [(self) => tellCursor(self, options)],
      },
    },
    data(first),
    element,
  )
  return {
    update(next) {
      options = next
      plot.setData(data(next))
    },
    setCursor(index) {
      const at = index === null ? undefined : options.columns.t[index]
      if (at === undefined) plot.setCursor({ left: -10, top: -10 })
      else plot.setCursor({ left: plot.valToPos(at, 'x'), top: 0 })
    },
    resize: (nextWidth, nextHeight) => plot.setSize({ width: nextWidth, height: nextHeight }),
    destroy: () => plot.destroy(),
  }
}

function tellCursor(plot: uPlot, options: PlotOptions): void {
  const { idx, left = -1 } = plot.cursor
  const gone = idx === null || idx === undefined || left < 0
  options.onCursor(gone ? null : idx, left + plot.bbox.left / RATIO(), plot.width)
}

function data({ columns, binary }: PlotOptions): uPlot.AlignedData {
  // A door that was open for a second of the minute was open: the bucket's maximum tells so, its average does not.
  return [columns.t, columns.min, columns.max, binary ? columns.max : columns.avg]
}

function line(colours: Colours, binary: boolean): uPlot.Series {
  const stepped = uPlot.paths.stepped?.({ align: 1 })
  return {
    stroke: colours.accent,
    width: 1.8,
    points: { show: false },
    ...(binary && stepped ? { paths: stepped, fill: colours.band } : {}),
  }
}

function cursorPoint(plot: uPlot, seriesIndex: number, colours: Colours): HTMLElement {
  const point = document.createElement('div')
  if (seriesIndex === plot.series.length - 1) {
    point.style.cssText = `width:10px;height:10px;border-radius:50%;background:${colours.surface};border:2px solid ${colours.accent}`
  } else {
    point.style.display = 'none'
  }
  return point
}

function timeAxis(colours: Colours, options: () => PlotOptions): uPlot.Axis {
  return {
    stroke: colours.ink3,
    font: `12px ${colours.font}`,
    grid: { show: false },
    ticks: { show: false },
    gap: 8,
    size: 30,
    space: 84,
    values: (_plot, ticks) => {
      const stepMs = (ticks[1] ?? 0) - (ticks[0] ?? 0)
      return ticks.map((ms) => options().words.tick(ms, stepMs))
    },
  }
}

function valueAxis(colours: Colours, options: () => PlotOptions): uPlot.Axis {
  return {
    stroke: colours.ink3,
    font: `12px ${colours.font}`,
    grid: { stroke: colours.grid, width: 1 },
    ticks: { show: false },
    gap: 8,
    space: 44,
    size: (_plot, values: string[] | null) =>
      Math.max(36, ...(values ?? []).map((value) => value.length * 7 + 16)),
    splits: (_plot, _axis, low, high, step) => (options().binary ? [0, 1] : steps(low, high, step)),
    values: (_plot, ticks) => ticks.map((tick) => options().words.value(tick)),
  }
}

function steps(low: number, high: number, step: number): number[] {
  const result: number[] = []
  for (let i = Math.ceil(low / step); i * step <= high; i++) result.push(Number((i * step).toPrecision(12)))
  return result
}

function box(plot: uPlot, span: Span): [x: number, y: number, width: number, height: number] {
  const { left, width, top, height } = plot.bbox
  const x0 = Math.max(left, plot.valToPos(span.from, 'x', true))
  const x1 = Math.min(left + width, plot.valToPos(span.to, 'x', true))
  return [x0, top, Math.max(0, x1 - x0), height]
}

const drawGaps: Draw = (plot, colours, { columns, words }) => {
  const { ctx } = plot
  const hatch = hatchPattern(ctx, colours)
  const spans = columns.before ? [columns.before, ...columns.gaps] : columns.gaps
  ctx.save()
  ctx.font = `${12 * RATIO()}px ${colours.font}`
  for (const span of spans) {
    const [x, y, width, height] = box(plot, span)
    if (width <= 0) continue
    ctx.fillStyle = hatch ?? colours.staleSoft
    ctx.fillRect(x, y, width, height)
    drawGapName(plot, colours, words.gap(span), x, width)
  }
  ctx.restore()
}

/** Beside the gap, at whichever side has room; not at all when a hair of a gap has none. */
function drawGapName(plot: uPlot, colours: Colours, lines: [string, string], x: number, width: number): void {
  const { ctx, bbox } = plot
  const room = Math.max(...lines.map((text) => ctx.measureText(text).width)) + 12 * RATIO()
  const inside = width > room + 8 * RATIO()
  const left = !inside && x - bbox.left > room
  if (!inside && !left && bbox.left + bbox.width - x - width < room) return
  const anchor = inside ? x + width / 2 : left ? x - 6 * RATIO() : x + width + 6 * RATIO()
  ctx.textAlign = inside ? 'center' : left ? 'right' : 'left'
  lines.forEach((text, i) =>
    haloed(
      ctx,
      text,
      anchor,
      bbox.top + bbox.height - (26 - i * 16) * RATIO(),
      colours.ink3,
      colours.surface,
    ),
  )
}

function hatchPattern(ctx: CanvasRenderingContext2D, colours: Colours): CanvasPattern | null {
  const size = Math.round(10 * RATIO())
  const tile = document.createElement('canvas')
  tile.width = tile.height = size
  const pen = tile.getContext('2d')
  if (!pen) return null
  pen.fillStyle = colours.staleSoft
  pen.fillRect(0, 0, size, size)
  pen.strokeStyle = colours.stale
  pen.globalAlpha = 0.5
  pen.lineWidth = 1.2 * RATIO()
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift, size)
    pen.lineTo(shift + size, 0)
  }
  pen.stroke()
  return ctx.createPattern(tile, 'repeat')
}

function alertColour(severity: PlotAlert['severity'], colours: Colours): string {
  return { critical: colours.crit, warning: colours.late, info: colours.ink3 }[severity]
}

const drawAlertSpans: Draw = (plot, colours, { alerts, range }) => {
  const { ctx } = plot
  ctx.save()
  for (const alert of alerts) {
    const [x, y, width, height] = box(plot, { from: alert.from, to: alert.to ?? range.to })
    ctx.fillStyle = alertColour(alert.severity, colours)
    ctx.globalAlpha = alert.to === null ? 0.12 : 0.07
    ctx.fillRect(x, y, width, height)
  }
  ctx.restore()
}

const drawLevels: Draw = (plot, colours, { levels, binary }) => {
  if (binary) return
  const { ctx, bbox } = plot
  ctx.save()
  ctx.font = `600 ${12 * RATIO()}px ${colours.font}`
  ctx.textAlign = 'left'
  for (const level of levels) {
    const y = plot.valToPos(level.value, 'y', true)
    if (y < bbox.top || y > bbox.top + bbox.height) continue
    ctx.strokeStyle = level.tone === 'raise' ? colours.crit : colours.lateMark
    ctx.lineWidth = 1.4 * RATIO()
    ctx.setLineDash([4 * RATIO(), 3 * RATIO()])
    ctx.beginPath()
    ctx.moveTo(bbox.left, y)
    ctx.lineTo(bbox.left + bbox.width, y)
    ctx.stroke()
    ctx.setLineDash([])
    haloed(
      ctx,
      level.label,
      bbox.left + 6 * RATIO(),
      y - 6 * RATIO(),
      level.tone === 'raise' ? colours.crit : colours.late,
      colours.surface,
    )
  }
  ctx.restore()
}

/** The shapes of SeverityMark, in a box of 20. */
const SHAPES: Record<PlotAlert['severity'], string> = {
  critical: 'M6.2 1.5h7.6l4.7 4.7v7.6l-4.7 4.7H6.2l-4.7-4.7V6.2z',
  warning: 'M10 2.5 18.5 17h-17z',
  info: 'M2.5 10a7.5 7.5 0 1 0 15 0a7.5 7.5 0 1 0 -15 0z',
}
const STROKES: Record<PlotAlert['severity'], string> = {
  critical: 'M10 5.5v5.5M10 14.1v.1',
  warning: 'M10 8v4M10 14.4v.1',
  info: 'M10 9.5v4M10 6.5v.1',
}

const drawAlertMarks: Draw = (plot, colours, { alerts, range }) => {
  const { ctx, bbox } = plot
  for (const alert of alerts) {
    if (alert.from < range.from || alert.from > range.to) continue
    const x = plot.valToPos(alert.from, 'x', true)
    const colour = alertColour(alert.severity, colours)
    ctx.save()
    ctx.strokeStyle = colour
    ctx.globalAlpha = 0.55
    ctx.lineWidth = RATIO()
    ctx.beginPath()
    ctx.moveTo(x, bbox.top - 8 * RATIO())
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
    ctx.globalAlpha = 1
    ctx.translate(x - 9 * RATIO(), bbox.top - 28 * RATIO())
    ctx.scale(0.9 * RATIO(), 0.9 * RATIO())
    drawMark(ctx, alert.severity, colour, colours.surface)
    ctx.restore()
  }
}

function drawMark(
  ctx: CanvasRenderingContext2D,
  severity: PlotAlert['severity'],
  colour: string,
  surface: string,
): void {
  const solid = severity === 'critical'
  ctx.lineWidth = 1.9
  ctx.lineCap = 'round'
  ctx.lineJoin = 'round'
  ctx.fillStyle = solid ? colour : surface
  ctx.strokeStyle = colour
  ctx.fill(new Path2D(SHAPES[severity]))
  if (!solid) ctx.stroke(new Path2D(SHAPES[severity]))
  ctx.strokeStyle = solid ? surface : colour
  ctx.stroke(new Path2D(STROKES[severity]))
}

/** The newest value as a dot, in the colour of an open alert. */
const drawNow: Draw = (plot, colours, { columns, alerts, binary }) => {
  const at = columns.t.at(-1)
  const value = (binary ? columns.max : columns.avg).at(-1) ?? null
  if (at === undefined || value === null) return
  const { ctx } = plot
  ctx.save()
  ctx.fillStyle = alerts.some((alert) => alert.to === null) ? colours.crit : colours.accent
  ctx.beginPath()
  ctx.arc(plot.valToPos(at, 'x', true), plot.valToPos(value, 'y', true), 4.5 * RATIO(), 0, 2 * Math.PI)
  ctx.fill()
  ctx.restore()
}

function haloed(
  ctx: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  colour: string,
  halo: string,
): void {
  ctx.lineJoin = 'round'
  ctx.lineWidth = 4 * RATIO()
  ctx.strokeStyle = halo
  ctx.strokeText(text, x, y)
  ctx.fillStyle = colour
  ctx.fillText(text, x, y)
}
