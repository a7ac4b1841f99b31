/** What is drawn over a plot: gaps, alert spans and marks, levels, the present value. */

import type uPlot from 'uplot'

import type { Span } from './history'
import { pixelRatio, type Colours, type Draw, type PlotAlert } from './plot-options'

function box(plot: uPlot, span: Span): [x: number, y: number, width: number, height: number] {
  const { left, width, top, height } = plot.bbox
  const x0 = Math.max(left, plot.valToPos(span.from, 'x', true))
  const x1 = Math.min(left + width, plot.valToPos(span.to, 'x', true))
  return [x0, top, Math.max(0, x1 - x0), height]
}

export const drawGaps: Draw = (plot, colours, { columns, words }) => {
  const { ctx } = plot
  const hatch = hatchPattern(ctx, colours)
  const spans = columns.before ? [columns.before, ...columns.gaps] : columns.gaps
  ctx.save()
  ctx.font = `${12 * pixelRatio()}px ${colours.font}`
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
  const room = Math.max(...lines.map((text) => ctx.measureText(text).width)) + 12 * pixelRatio()
  const inside = width > room + 8 * pixelRatio()
  const left = !inside && x - bbox.left > room
  if (!inside && !left && bbox.left + bbox.width - x - width < room) return
  const anchor = inside ? x + width / 2 : left ? x - 6 * pixelRatio() : x + width + 6 * pixelRatio()
  ctx.textAlign = inside ? 'center' : left ? 'right' : 'left'
  lines.forEach((text, i) =>
    haloed(
      ctx,
      text,
      anchor,
      bbox.top + bbox.height - (26 - i * 16) * pixelRatio(),
      colours.ink3,
      colours.surface,
    ),
  )
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
  }
  ctx.restore()
}

export const drawLevels: Draw = (plot, colours, { levels, binary }) => {
  if (binary) return
  const { ctx, bbox } = plot
  ctx.save()
  ctx.font = `600 ${12 * pixelRatio()}px ${colours.font}`
  ctx.textAlign = 'left'
  for (const level of levels) {
    const y = plot.valToPos(level.value, 'y', true)
    if (y < bbox.top || y > bbox.top + bbox.height) continue
    ctx.strokeStyle = level.tone === 'raise' ? colours.crit : colours.lateMark
    ctx.lineWidth = 1.4 * pixelRatio()
    ctx.setLineDash([4 * pixelRatio(), 3 * pixelRatio()])
    ctx.beginPath()
    ctx.moveTo(bbox.left, y)
    ctx.lineTo(bbox.left + bbox.width, y)
    ctx.stroke()
    ctx.setLineDash([])
    haloed(
      ctx,
      level.label,
      bbox.left + 6 * pixelRatio(),
      y - 6 * pixelRatio(),
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

export const drawAlertMarks: Draw = (plot, colours, { alerts, range }) => {
  const { ctx, bbox } = plot
  for (const alert of alerts) {
    if (alert.from < range.from || alert.from > range.to) continue
    const x = plot.valToPos(alert.from, 'x', true)
    const colour = alertColour(alert.severity, colours)
    ctx.save()
    ctx.strokeStyle = colour
    ctx.globalAlpha = 0.55
    ctx.lineWidth = pixelRatio()
    ctx.beginPath()
    ctx.moveTo(x, bbox.top - 8 * pixelRatio())
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
    ctx.globalAlpha = 1
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

/** The newest value as a dot, in the colour of an open alert. */
export const drawNow: Draw = (plot, colours, { columns, alerts, binary }) => {
  const at = columns.t.at(-1)
  const value = (binary ? columns.max : columns.avg).at(-1) ?? null
  if (at === undefined || value === null) return
  const { ctx } = plot
  ctx.save()
  ctx.fillStyle = alerts.some((alert) => alert.to === null) ? colours.crit : colours.accent
  ctx.beginPath()
  ctx.arc(plot.valToPos(at, 'x', true), plot.valToPos(value, 'y', true), 4.5 * pixelRatio(), 0, 2 * Math.PI)
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
  ctx.lineWidth = 4 * pixelRatio()
  ctx.strokeStyle = halo
  ctx.strokeText(text, x, y)
  ctx.fillStyle = colour
  ctx.fillText(text, x, y)
}
