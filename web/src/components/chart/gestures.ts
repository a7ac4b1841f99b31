/** Wheel and pinch over a plot. A drag is uPlot's own. */

import { serverNow } from '@/lib/live/clock'

import type { Range } from './history'
import { panRange, zoomRange } from './zoom'

interface Target {
  /** The range shown now, also within a gesture. */
  range: () => Range
  /** Shows a range without choosing it. */
  preview: (range: Range) => void
  choose: (range: Range) => void
}

/** So long after the last turn of a wheel its range counts as chosen. */
const REST_MS = 250
/** A page that was scrolling a moment ago goes on scrolling when the chart comes under the pointer. */
const SCROLL_MS = 400
const WHEEL_STRENGTH = 0.002
/** Trackpads send a pinch as a wheel with Ctrl, in smaller steps. */
const PINCH_STRENGTH = 0.01
const PAN_STRENGTH = 0.001

/** Returns what ends it. */
export function followGestures(over: HTMLElement, target: Target): () => void {
  const wheel = followWheel(over, target)
  const pinch = followPinch(over, target)
  return () => {
    wheel()
    pinch()
  }
}

function followWheel(over: HTMLElement, { range, preview, choose }: Target): () => void {
  let scrolledAt = -Infinity
  let timer: ReturnType<typeof setTimeout> | undefined
  const onScroll = () => {
    scrolledAt = performance.now()
  }
  const onWheel = (event: WheelEvent) => {
    if (!event.ctrlKey && performance.now() - scrolledAt < SCROLL_MS) return
    const next = rangeAfterWheel(event, over, range())
    if (next.from === range().from && next.to === range().to) return
    event.preventDefault()
    preview(next)
    clearTimeout(timer)
    timer = setTimeout(() => choose(next), REST_MS)
  }
  window.addEventListener('scroll', onScroll, { passive: true, capture: true })
  over.addEventListener('wheel', onWheel, { passive: false })
  return () => {
    clearTimeout(timer)
    window.removeEventListener('scroll', onScroll, { capture: true })
    over.removeEventListener('wheel', onWheel)
  }
}

function rangeAfterWheel(event: WheelEvent, over: HTMLElement, range: Range): Range {
  if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
    return panRange(range, event.deltaX * PAN_STRENGTH, serverNow())
  }
  const turn = Math.max(-240, Math.min(240, event.deltaY))
  const factor = Math.exp(turn * (event.ctrlKey ? PINCH_STRENGTH : WHEEL_STRENGTH))
  return zoomRange(range, timeAt(event.clientX, over, range), factor, serverNow())
}

function timeAt(clientX: number, over: HTMLElement, range: Range): number {
  const { left, width } = over.getBoundingClientRect()
  return range.from + ((clientX - left) / width) * (range.to - range.from)
}

/** Two fingers: what lies between them stays between them. */
function followPinch(over: HTMLElement, { range, preview, choose }: Target): () => void {
  let start: { distance: number; at: number; range: Range } | null = null
  let next: Range | null = null
  const fingers = ({ touches: [a, b] }: TouchEvent) =>
    a && b ? { distance: Math.abs(a.clientX - b.clientX), middle: (a.clientX + b.clientX) / 2 } : null
  const onStart = (event: TouchEvent) => {
    const two = fingers(event)
    start = two && { distance: two.distance, at: timeAt(two.middle, over, range()), range: range() }
  }
  const onMove = (event: TouchEvent) => {
    const two = fingers(event)
    if (!two || !start) return
    event.preventDefault()
    next = zoomRange(start.range, start.at, start.distance / Math.max(20, two.distance), serverNow())
    preview(next)
  }
  const onEnd = () => {
    if (next) choose(next)
    start = next = null
  }
  over.addEventListener('touchstart', onStart, { passive: true })
  over.addEventListener('touchmove', onMove, { passive: false })
  over.addEventListener('touchend', onEnd)
  return () => {
    over.removeEventListener('touchstart', onStart)
    over.removeEventListener('touchmove', onMove)
    over.removeEventListener('touchend', onEnd)
  }
}
