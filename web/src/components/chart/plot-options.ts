/** What a plot of one series shows, and the colours it shows it in. */

import type uPlot from 'uplot'

import type { Columns, Point, Range, Span } from './history'

export interface PlotLevel {
  value: number
  label: string
  tone: 'raise' | 'clear'
  side: 'above' | 'below'
}

/** A second line: another series, or this one at another time. Its times are those of the range. */
export interface PlotOther {
  columns: Columns
  /** Its unit is another one: it has an axis of its own, on the right. */
  ownAxis: boolean
  binary: boolean
  value: (value: number, step: number) => string
  /** A value with its unit. */
  words: (value: number) => string
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
  before: (beginMs: number) => string
  after: (endMs: number) => string
  /** step: the distance of the axis' labels, which have as many decimals as tells them apart. */
  value: (value: number, step: number) => string
  tick: (ms: number, stepMs: number) => string
}

export interface PlotOptions {
  columns: Columns
  range: Range
  /** The present value, where the range reaches up to now. */
  now: Point | null
  other: PlotOther | null
  levels: readonly PlotLevel[]
  alerts: readonly PlotAlert[]
  words: PlotWords
  binary: boolean
  timezone: string
  /** x: from the left edge of the chart, which is `width` wide. */
  onCursor: (index: number | null, x: number, width: number) => void
  /** Another range was chosen by drag, wheel or pinch; left out where the chart's range stands. */
  onRange?: (range: Range) => void
}

export interface Colours {
  ink: string
  ink3: string
  grid: string
  accent: string
  band: string
  crit: string
  late: string
  lateMark: string
  data2: string
  stale: string
  staleSoft: string
  surface: string
  font: string
}

export function coloursOf(element: Element): Colours {
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
    data2: token('data-2'),
    stale: token('stale'),
    staleSoft: token('stale-soft'),
    surface: token('surface'),
    font: style.fontFamily,
  }
}

/** Draws one layer of the plot. */
export type Draw = (plot: uPlot, colours: Colours, options: PlotOptions) => void

/** Pixels of the canvas a pixel of the page. */
export const pixelRatio = () => window.devicePixelRatio || 1

/** Off and on, with room for the words of alerts above. */
export const BINARY_RANGE: [number, number] = [-0.15, 1.25]

/** Above the plot, for the marks of alerts. */
export const MARK_ROOM = 30

/** `#33379A` and 0.4 -> `#33379A66`; a colour of another form stays whole. */
export function fade(colour: string, alpha: number): string {
  if (!/^#[0-9a-f]{6}$/i.test(colour)) return colour
  return (
    colour +
    Math.round(alpha * 255)
      .toString(16)
      .padStart(2, '0')
  )
}
