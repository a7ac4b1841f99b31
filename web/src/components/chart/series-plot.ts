/** uPlot dressed for one series: band, line or steps, axes, and the layers over them. No React in here. */

import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'

import { followGestures } from './gestures'
import { extremes, valueRange, type Range } from './history'
import { drawDots, drawExcursions, drawOther } from './plot-data-layers'
import { drawLabels } from './plot-labels'
import { drawAlertMarks, drawAlertSpans, drawGaps, drawLevels, drawNow } from './plot-layers'
import {
  BINARY_RANGE,
  coloursOf,
  fade,
  MARK_ROOM,
  pixelRatio,
  type Colours,
  type Draw,
  type PlotOptions,
} from './plot-options'

export interface SeriesPlot {
  update: (options: PlotOptions) => void
  setCursor: (index: number | null) => void
  resize: (width: number, height: number) => void
  destroy: () => void
}

export function createSeriesPlot(
  element: HTMLElement,
  first: PlotOptions,
  width: number,
  height: number,
): SeriesPlot {
  let options = first
  /** What a gesture shows until its range is chosen. */
  let preview: Range | null = null
  const range = () => preview ?? options.range
  const colours = coloursOf(element)
  const layer = (draw: Draw) => (plot: uPlot) => draw(plot, colours, options)
  const zooms = first.onRange !== undefined
  const plot = new uPlot(
    {
      width,
      height,
      ms: 1,
      tzDate: (ms) => uPlot.tzDate(new Date(ms), options.timezone),
      padding: [MARK_ROOM, () => (options.other?.ownAxis ? AXIS_ROOM : 14), 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        drag: { x: zooms, y: false, setScale: false, dist: DRAG_PX },
        points: { show: (self, i) => cursorPoint(self, i, colours) },
      },
      scales: {
        x: { time: true, range: () => [range().from, range().to] },
        y: { range: () => (options.binary ? BINARY_RANGE : valuesShown(options)) },
      },
      axes: [timeAxis(colours, () => options), valueAxis(colours, () => options)],
      series: [{}, edge(colours, first.binary), edge(colours, first.binary), line(colours, first.binary)],
      bands: first.binary ? [] : [{ series: [2, 1], fill: colours.band }],
      hooks: {
        drawClear: [layer(drawGaps), layer(drawAlertSpans), layer(drawOther)],
        draw: [drawDots, drawLevels, drawExcursions, drawAlertMarks, drawNow, drawLabels].map(layer),
        setCursor: [(self) => tellCursor(self, options)],
        setSelect: [(self) => tellSelected(self, options)],
      },
    },
    data(first),
    element,
  )
  const show = (next: Range | null) => {
    preview = next
    plot.setScale('x', { min: range().from, max: range().to })
  }
  const leave = zooms
    ? followGestures(plot.over, { range, preview: show, choose: (next) => options.onRange?.(next) })
    : () => undefined
  return {
    update(next) {
      if (next.range !== options.range) preview = null
      options = next
      plot.setData(data(next))
    },
    setCursor(index) {
      const at = index === null ? undefined : options.columns.t[index]
      if (at === undefined) plot.setCursor({ left: -10, top: -10 })
      else plot.setCursor({ left: plot.valToPos(at, 'x'), top: 0 })
    },
    resize: (nextWidth, nextHeight) => plot.setSize({ width: nextWidth, height: nextHeight }),
    destroy() {
      leave()
      plot.destroy()
    },
  }
}

/** The right axis of a second series. */
const AXIS_ROOM = 72
/** A shorter drag is a click. */
const DRAG_PX = 8

function valuesShown({ columns, levels, now, other }: PlotOptions): [number, number] {
  const shared = other && !other.ownAxis ? extremes(other.columns) : null
  const others = [...(now ? [now[1]] : []), ...(shared ? [shared.low, shared.high] : [])]
  return valueRange(
    columns,
    levels.map((level) => level.value),
    others,
  )
}

function tellSelected(plot: uPlot, options: PlotOptions): void {
  const { left, width } = plot.select
  if (width <= 0) return
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
  options.onRange?.({ from: plot.posToVal(left, 'x'), to: plot.posToVal(left + width, 'x') })
}

function tellCursor(plot: uPlot, options: PlotOptions): void {
  const { idx, left = -1 } = plot.cursor
  const gone = idx === null || idx === undefined || left < 0
  options.onCursor(gone ? null : idx, left + plot.bbox.left / pixelRatio(), plot.width)
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

/** The lowest and the highest of each bucket: a hair where the band between them is too thin to be seen. */
function edge(colours: Colours, binary: boolean): uPlot.Series {
  return { show: !binary, stroke: fade(colours.accent, 0.45), width: 1, points: { show: false } }
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
    values: (_plot, ticks) => {
      const step = (ticks[1] ?? 0) - (ticks[0] ?? 0)
      return ticks.map((tick) => options().words.value(tick, step))
    },
  }
}

function steps(low: number, high: number, step: number): number[] {
  const result: number[] = []
  for (let i = Math.ceil(low / step); i * step <= high; i++) result.push(Number((i * step).toPrecision(12)))
  return result
}
