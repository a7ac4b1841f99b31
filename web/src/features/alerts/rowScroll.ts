/** Where the list of alerts stands: its rows in view, the row with the focus, and what came in above. */

import { defaultRangeExtractor, type Range, type Virtualizer } from '@tanstack/react-virtual'
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type RefObject } from 'react'

import type { Alert } from '@/lib/api/types'

export type Windowed = Virtualizer<HTMLDivElement, HTMLLIElement> | Virtualizer<Window, HTMLLIElement>

/** Scrolled down by less than this still counts as looking at the top. */
const AT_TOP_PX = 8

/** The rows in view, and the one that may have the focus: it must not lose it by scrolling. */
export function rangeWith(range: Range, tabStop: number): number[] {
  const indexes = defaultRangeExtractor(range)
  if (tabStop >= range.count || indexes.includes(tabStop)) return indexes
  return [...indexes, tabStop].sort((a, b) => a - b)
}

export function isAtTop({ scrollOffset, options }: Windowed): boolean {
  return (scrollOffset ?? 0) <= options.scrollMargin + AT_TOP_PX
}

interface Keys {
  virtualizer: Windowed
  alerts: readonly Alert[]
  move: (index: number) => void
  /** The space bar on a row. */
  onToggle?: (id: number, range: boolean) => void
}

/** Up, Down, Page Up, Page Down, Home and End move between rows, the space bar selects. */
export function handleRowKey(
  event: KeyboardEvent<HTMLOListElement>,
  { virtualizer, alerts, move, onToggle }: Keys,
): void {
  const focused = event.target instanceof Element ? event.target.getAttribute('data-alert') : null
  if (focused === null || event.ctrlKey || event.metaKey || event.altKey) return
  const id = Number(focused)
  const at = alerts.findIndex((alert) => alert.id === id)
  const to = targetOf(event.key, at, alerts.length, virtualizer)
  if (to !== null) move(to)
  else if (event.key === ' ' && onToggle) onToggle(id, event.shiftKey)
  else return
  event.preventDefault()
}

/** The row to which a key moves; null for any other key. */
function targetOf(key: string, at: number, count: number, { range }: Windowed): number | null {
  const page = range ? Math.max(1, range.endIndex - range.startIndex) : 1
  const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page }
  if (key === 'Home') return 0
  if (key === 'End') return count - 1
  const step = steps[key]
  return step === undefined ? null : Math.max(0, Math.min(count - 1, at + step))
}

/** Scrolls to a row and gives it the focus as soon as it is drawn. */
export function useMoves(
  virtualizer: Windowed,
  list: RefObject<HTMLOListElement | null>,
  alerts: readonly Alert[],
  onActive: (id: number) => void,
): (index: number) => void {
  const wanted = useRef<{ id: number; index: number } | null>(null)
  useEffect(() => {
    if (!wanted.current || !virtualizer.scrollElement) return
    const { id, index } = wanted.current
    const row = list.current?.querySelector<HTMLElement>(`[data-alert="${id}"]`)
    if (!row) return
    wanted.current = null
    virtualizer.scrollToIndex(index, { align: 'auto' })
    row.focus({ preventScroll: true })
  })
  const [, draw] = useState({})
  return (index) => {
    const alert = alerts[index]
    if (!alert) return
    wanted.current = { id: alert.id, index }
    onActive(alert.id)
    draw({})
  }
}

/** A list that was reached by the link of an alert shows that alert's row. */
export function useFirstPlace(
  virtualizer: Windowed,
  alerts: readonly Alert[],
  currentId: number | undefined,
): void {
  const placed = useRef(false)
  useEffect(() => {
    if (placed.current || currentId === undefined || !virtualizer.scrollElement) return
    const index = alerts.findIndex(({ id }) => id === currentId)
    if (index < 0) return
    placed.current = true
    if (index > 0) virtualizer.scrollToIndex(index, { align: 'auto' })
  })
}

/** Rows that come in above leave those that somebody looks at where they are. */
export function useStill(virtualizer: Windowed, alerts: readonly Alert[]): void {
  const before = useRef<Windowed['measurementsCache']>([])
  useLayoutEffect(() => {
    const offset = virtualizer.scrollOffset ?? 0
    const top = isAtTop(virtualizer) ? undefined : before.current.find(({ end }) => end > offset)
    if (!top) return
    const moved = virtualizer.measurementsCache.find(({ key }) => key === top.key)
    if (moved && moved.start !== top.start) virtualizer.scrollToOffset(offset + moved.start - top.start)
  }, [virtualizer, alerts])
  useLayoutEffect(() => {
    before.current = virtualizer.measurementsCache
  })
}

/** Which alerts came after the first look, and how many of them are still above the edge. Older ones that were asked for are no news. */
export function useNewcomers(alerts: readonly Alert[], atTop: () => boolean) {
  const known = useRef(new Set<number>())
  const knownSeq = useRef(0)
  const [entering, setEntering] = useState<ReadonlySet<number>>(new Set())
  const [unseen, setUnseen] = useState(0)
  useEffect(() => {
    const first = known.current.size === 0
    const seqBefore = knownSeq.current
    const fresh = new Set<number>()
    for (const { id, last_seq: seq } of alerts) {
      if (!known.current.has(id) && !first && seq > seqBefore) fresh.add(id)
      known.current.add(id)
      knownSeq.current = Math.max(knownSeq.current, seq)
    }
    if (fresh.size === 0) return
    // eslint-disable-next-line react-hooks/set-state-in-effect -- what is new shows by comparing two drawings
    setEntering(fresh)
    if (!atTop()) setUnseen((count) => count + fresh.size)
    // eslint-disable-next-line react-hooks/exhaustive-deps -- with each change of the list alone
  }, [alerts])
  return { entering, unseen, seen: () => setUnseen(0) }
}
