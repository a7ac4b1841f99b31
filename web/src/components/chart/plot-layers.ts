/** What is drawn under and over a plot's line: gaps, alert spans and marks, levels, the present value. */

import type uPlot from 'uplot'

import type { Span } from './history'
import { pixelRatio, type Colours, type Draw, type PlotAlert } from './plot-options'

export function box(plot: uPlot, span: Span): [x: number, y: number, width: number, height: number] {
  const { left, width, top, height } = plot.bbox
  const x0 = Math.max(left, plot.valToPos(span.from, 'x', true))
  const x1 = Math.min(left + width, plot.valToPos(span.to, 'x', true))
  return [x0, top, Math.max(0, x1 - x0), height]
}

export const drawGaps: Draw = (plot, colours, { columns }) => {
  const { ctx } = plot
  const hatch = hatchPattern(ctx, colours)
  ctx.save()
  ctx.fillStyle = hatch ?? colours.staleSoft
  for (const gap of columns.gaps) ctx.fillRect(...box(plot, gap))
  ctx.restore()
}

function hatchPattern(ctx: CanvasRenderingContext2D, colours: Colours): CanvasPattern | null {
  const size = Math.round(10 * pixelRatio())
  const tile = document.createElement('canvas')
  tile.width = tile.height = size
  const pen = tile.getContext('2d')
  if (!pen) return null
  pen.fillStyle = colours.staleSoft
  pen.fillRect(0, 0, size, size)
  pen.strokeStyle = colours.stale
  pen.globalAlpha = 0.5
  pen.lineWidth = 1.2 * pixelRatio()
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

export const drawAlertSpans: Draw = (plot, colours, { alerts, range }) => {
  const { ctx } = plot
  ctx.save()
  for (const alert of alerts) {
    const [x, y, width, height] = box(plot, { from: alert.from, to: alert.to ?? range.to })
    ctx.fillStyle = alertColour(alert.severity, colours)
    ctx.globalAlpha = alert.to === null ? 0.12 : 0.07
    ctx.fillRect(x, y, width, height)
    // Under the line, so that it hides none of the readings that raised the alert.
    if (!isInside(alert.from, range)) continue
    ctx.globalAlpha = 0.55
    ctx.fillRect(
      plot.valToPos(alert.from, 'x', true),
      y - 8 * pixelRatio(),
      pixelRatio(),
      height + 8 * pixelRatio(),
    )
  }
  ctx.restore()
}

const isInside = (ms: number, range: Span) => range.from <= ms && ms <= range.to

export const drawLevels: Draw = (plot, colours, { levels, binary }) => {
  if (binary) return
  const { ctx, bbox } = plot
  ctx.save()
  ctx.lineWidth = 1.4 * pixelRatio()
  ctx.setLineDash([4 * pixelRatio(), 3 * pixelRatio()])
  for (const level of levels) {
    const y = plot.valToPos(level.value, 'y', true)
    if (y < bbox.top || y > bbox.top + bbox.height) continue
    ctx.strokeStyle = level.tone === 'raise' ? colours.crit : colours.lateMark
    ctx.beginPath()
    ctx.moveTo(bbox.left, y)
    ctx.lineTo(bbox.left + bbox.width, y)
    ctx.stroke()
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

export const drawAlertMarks: Draw = (plot, colours, { alerts, range }) => {
  const { ctx, bbox } = plot
  for (const alert of alerts) {
    if (!isInside(alert.from, range)) continue
    const x = plot.valToPos(alert.from, 'x', true)
    const colour = alertColour(alert.severity, colours)
    ctx.save()
    ctx.translate(x - 9 * pixelRatio(), bbox.top - 28 * pixelRatio())
    ctx.scale(0.9 * pixelRatio(), 0.9 * pixelRatio())
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

/** The present value as a dot, joined to the line, in the colour of an open alert. */
export const drawNow: Draw = (plot, colours, { columns, alerts, range, now }) => {
  if (!now || !isInside(now[0], range)) return
  const { ctx } = plot
  const x = plot.valToPos(now[0], 'x', true)
  const y = plot.valToPos(now[1], 'y', true)
  ctx.save()
  ctx.strokeStyle = colours.accent
  ctx.lineWidth = 1.8 * pixelRatio()
  const [lastT, lastValue] = [columns.t.at(-1), columns.avg.at(-1) ?? null]
  if (
    columns.after === null &&
    lastT !== undefined &&
    lastValue !== null &&
    lastT < now[0] &&
    columns.bucketMs > 0
  ) {
    ctx.beginPath()
    ctx.moveTo(plot.valToPos(lastT, 'x', true), plot.valToPos(lastValue, 'y', true))
    ctx.lineTo(x, y)
    ctx.stroke()
  }
  ctx.fillStyle = alerts.some((alert) => alert.to === null) ? colours.crit : colours.accent
  ctx.beginPath()
  ctx.arc(x, y, 4.5 * pixelRatio(), 0, 2 * Math.PI)
  ctx.fill()
  ctx.restore()
}
