/** What a plot's line alone would hide: single points, single buckets, and each reading beyond a limit. */

import type uPlot from 'uplot'

import { drawnRows, isBeyond, valueRange, type Columns } from './history'
import { BINARY_RANGE, fade, pixelRatio, type Draw, type PlotLevel } from './plot-options'

/** Up to so many points each has its dot: a line between two says nothing of how often was measured. */
const FEW_POINTS = 40

/** Dots where points are few or alone; a stem from lowest to highest where a bucket has no neighbour to make a band with. */
export const drawDots: Draw = (plot, colours, { columns, binary }) => {
  const rows = drawnRows(columns)
  const few = rows.length <= FEW_POINTS
  const { ctx } = plot
  ctx.save()
  ctx.fillStyle = colours.accent
  for (const row of rows) {
    const alone =
      (columns.avg[row.index - 1] ?? null) === null && (columns.avg[row.index + 1] ?? null) === null
    if (!few && !alone) continue
    const x = plot.valToPos(row.t, 'x', true)
    const y = plot.valToPos(binary ? row.max : row.avg, 'y', true)
    ctx.beginPath()
    ctx.arc(x, y, 2.5 * pixelRatio(), 0, 2 * Math.PI)
    ctx.fill()
    if (binary || row.min === row.max) continue
    const [top, bottom] = [plot.valToPos(row.max, 'y', true), plot.valToPos(row.min, 'y', true)]
    ctx.fillRect(x - pixelRatio() / 2, top, pixelRatio(), bottom - top)
  }
  ctx.restore()
}

/** So wide and high is at least what lies beyond a limit, however short or small it was. */
const SEEN_PX = 3

/**
 * Over the line, in the colour of alarm: from the level to the furthest reading of each bucket beyond it.
 *
 * An average stays below the level when one reading of its bucket was above; this is drawn from the extremes.
 */
export const drawExcursions: Draw = (plot, colours, { columns, levels, binary }) => {
  if (binary) return
  const { ctx } = plot
  const rows = drawnRows(columns)
  const seen = SEEN_PX * pixelRatio()
  ctx.save()
  for (const level of levels.filter((each) => each.tone === 'raise')) {
    const line = plot.valToPos(level.value, 'y', true)
    for (const row of rows) {
      if (!isBeyond(row, level)) continue
      const furthest = plot.valToPos(level.side === 'above' ? row.max : row.min, 'y', true)
      const x = plot.valToPos(row.t, 'x', true)
      const width = Math.max(seen, plot.valToPos(row.t + columns.bucketMs, 'x', true) - x)
      const height = Math.max(seen, Math.abs(furthest - line))
      ctx.fillStyle = width > 2 * seen ? fade(colours.crit, 0.35) : colours.crit
      ctx.fillRect(
        columns.bucketMs > 0 ? x : x - width / 2,
        level.side === 'above' ? line - height : line,
        width,
        height,
      )
    }
    strokeBeyond(plot, columns, level, colours.crit)
  }
  ctx.restore()
}

/** The part of the outline that lies beyond the level. */
function strokeBeyond(plot: uPlot, columns: Columns, level: PlotLevel, colour: string): void {
  const { ctx, bbox } = plot
  const line = Math.min(Math.max(plot.valToPos(level.value, 'y', true), bbox.top), bbox.top + bbox.height)
  const above = level.side === 'above'
  ctx.save()
  ctx.beginPath()
  ctx.rect(
    bbox.left,
    above ? bbox.top : line,
    bbox.width,
    above ? line - bbox.top : bbox.top + bbox.height - line,
  )
  ctx.clip()
  ctx.strokeStyle = colour
  ctx.lineWidth = 2 * pixelRatio()
  strokeLine(ctx, columns.t, above ? columns.max : columns.min, plot)
  ctx.restore()
}

function strokeLine(
  ctx: CanvasRenderingContext2D,
  times: readonly number[],
  values: readonly (number | null)[],
  plot: uPlot,
  place = (value: number) => plot.valToPos(value, 'y', true),
): void {
  ctx.beginPath()
  let drawing = false
  values.forEach((value, i) => {
    if (value === null) {
      drawing = false
      return
    }
    const x = plot.valToPos(times[i] ?? 0, 'x', true)
    if (drawing) ctx.lineTo(x, place(value))
    else ctx.moveTo(x, place(value))
    drawing = true
  })
  ctx.stroke()
}

/** Where the right axis has its labels. */
const LABELS = 5

/** Another series, or this one at another time: a dashed line, with an axis on the right where its unit is another. */
export const drawOther: Draw = (plot, colours, { other }) => {
  if (!other) return
  const { ctx, bbox } = plot
  const [low, high]: [number, number] = other.binary ? BINARY_RANGE : valueRange(other.columns, [])
  const place = (value: number) => bbox.top + ((high - value) / (high - low)) * bbox.height
  ctx.save()
  ctx.strokeStyle = colours.data2
  ctx.lineWidth = 1.8 * pixelRatio()
  ctx.setLineDash([6 * pixelRatio(), 3 * pixelRatio()])
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  const { columns, binary } = other
  strokeLine(ctx, columns.t, binary ? columns.max : columns.avg, plot, other.ownAxis ? place : undefined)
  ctx.restore()
  if (other.ownAxis) {
    ctx.fillStyle = colours.data2
    ctx.font = `${12 * pixelRatio()}px ${colours.font}`
    ctx.textBaseline = 'middle'
    const step = (high - low) / (LABELS - 1)
    const at = binary ? [0, 1] : Array.from({ length: LABELS }, (_, i) => low + i * step)
    for (const value of at) {
      ctx.fillText(other.value(value, step), bbox.left + bbox.width + 8 * pixelRatio(), place(value))
    }
  }
  ctx.restore()
}
