/** What a plot of one series shows, and the colours it shows it in. */

import type uPlot from 'uplot'

import type { Columns, Range, Span } from './history'

interface PlotLevel {
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

interface PlotWords {
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

export interface Colours {
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

/** Above the plot, for the marks of alerts. */
export const MARK_ROOM = 30
