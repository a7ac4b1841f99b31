/** The words on a plot: levels on their lines, gaps, where the data begins and ends. None covers another. */

import type uPlot from 'uplot'

import { placeLabels, type Label } from './labels'
import { box } from './plot-layers'
import { pixelRatio, type Colours, type Draw, type PlotOptions } from './plot-options'

const FONT_PX = 12
const LINE_PX = 16

interface Words {
  lines: readonly string[]
  colour: string
  bold: boolean
}

/** A label with its words, measured but not yet placed. */
type Wanted = Words & Label

export const drawLabels: Draw = (plot, colours, options) => {
  const { ctx, bbox } = plot
  ctx.save()
  ctx.textBaseline = 'top'
  ctx.textAlign = 'left'
  const wanted = [
    ...levelLabels(plot, colours, options),
    ...endLabels(plot, colours, options),
    ...gapLabels(plot, colours, options),
  ]
  const area = { x: bbox.left, y: bbox.top, width: bbox.width, height: bbox.height }
  placeLabels(area, wanted).forEach((place, i) => {
    const words = wanted[i]
    if (place && words) write(ctx, words, place, colours)
  })
  ctx.restore()
}

function write(
  ctx: CanvasRenderingContext2D,
  words: Words,
  at: { x: number; y: number },
  colours: Colours,
): void {
  ctx.font = fontOf(words.bold, colours)
  ctx.lineJoin = 'round'
  ctx.lineWidth = 4 * pixelRatio()
  ctx.strokeStyle = colours.surface
  ctx.fillStyle = words.colour
  words.lines.forEach((line, i) => {
    const y = at.y + (i * LINE_PX + 2) * pixelRatio()
    ctx.strokeText(line, at.x, y)
    ctx.fillText(line, at.x, y)
  })
}

function fontOf(bold: boolean, colours: Colours): string {
  return `${bold ? '600 ' : ''}${FONT_PX * pixelRatio()}px ${colours.font}`
}

function measure(
  ctx: CanvasRenderingContext2D,
  words: Words,
  colours: Colours,
): { width: number; height: number } {
  ctx.font = fontOf(words.bold, colours)
  const width = Math.max(...words.lines.map((line) => ctx.measureText(line).width))
  return { width, height: words.lines.length * LINE_PX * pixelRatio() }
}

/** Above or below its line, at the left or the right end. */
function levelLabels(plot: uPlot, colours: Colours, { levels, binary }: PlotOptions): Wanted[] {
  if (binary) return []
  const { ctx, bbox } = plot
  const pad = 6 * pixelRatio()
  return levels.flatMap((level) => {
    const line = plot.valToPos(level.value, 'y', true)
    if (line < bbox.top || line > bbox.top + bbox.height) return []
    const colour = level.tone === 'raise' ? colours.crit : colours.late
    const words: Words = { lines: [level.label], colour, bold: true }
    const { width, height } = measure(ctx, words, colours)
    const [left, right] = [bbox.left + pad, bbox.left + bbox.width - pad - width]
    const [above, below] = [line - height - pad / 3, line + pad / 3]
    const [first, second] = level.tone === 'raise' ? [above, below] : [below, above]
    const places = [left, right].flatMap((x) => [
      { x, y: first },
      { x, y: second },
    ])
    return [{ ...words, width, height, places }]
  })
}

/** Inside the gap, else beside it; at the bottom, at the top or between. */
function gapLabels(plot: uPlot, colours: Colours, { columns, words }: PlotOptions): Wanted[] {
  return columns.gaps.map((gap) => {
    const text: Words = { lines: words.gap(gap), colour: colours.ink3, bold: false }
    const { width, height } = measure(plot.ctx, text, colours)
    const [x, , across] = box(plot, gap)
    const pad = 6 * pixelRatio()
    const beside = [x - pad - width, x + across + pad]
    const inside = across > width + 2 * pad ? [x + (across - width) / 2] : []
    return { ...text, width, height, places: heights(plot, height, [...inside, ...beside]) }
  })
}

/** Where the data of the range begins, and where it has ended: in the empty part, where it is wide enough. */
function endLabels(plot: uPlot, colours: Colours, { columns, words }: PlotOptions): Wanted[] {
  const { before, after } = columns
  const ends = [
    before && columns.t.length > 0 ? { span: before, line: words.before(before.to) } : null,
    after && columns.t.length > 0 ? { span: after, line: words.after(after.from) } : null,
  ]
  return ends.flatMap((end) => {
    if (!end) return []
    const text: Words = { lines: [end.line], colour: colours.ink3, bold: false }
    const { width, height } = measure(plot.ctx, text, colours)
    const [x, , across] = box(plot, end.span)
    const at = Math.max(plot.bbox.left + 6 * pixelRatio(), x + (across - width) / 2)
    return across < width ? [] : [{ ...text, width, height, places: heights(plot, height, [at]) }]
  })
}

function heights({ bbox }: uPlot, height: number, xs: readonly number[]): { x: number; y: number }[] {
  const pad = 6 * pixelRatio()
  const ys = [bbox.top + bbox.height - height - pad, bbox.top + pad, bbox.top + (bbox.height - height) / 2]
  return ys.flatMap((y) => xs.map((x) => ({ x, y })))
}
