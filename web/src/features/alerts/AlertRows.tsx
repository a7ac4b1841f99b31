import { plural, t } from '@lingui/core/macro'
import { defaultRangeExtractor, type Range, type Virtualizer } from '@tanstack/react-virtual'
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react'
import type { Alert } from '@/lib/api/types'
import { useSite } from '@/lib/site'
import { alertTitle } from '@/lib/words'
import { AlertRow } from './AlertRow'
import type { Selection } from './selection'
import styles from './AlertList.module.css'

export type Windowed = Virtualizer<HTMLDivElement, HTMLLIElement> | Virtualizer<Window, HTMLLIElement>

/** Scrolled down by less than this still counts as looking at the top. */
const AT_TOP_PX = 8

export interface AlertListProps {
  alerts: readonly Alert[]
  currentId?: number
  search?: string
  /** For those who may act: each row can be selected. */
  selection?: Selection
  onAcknowledge?: (id: number) => void
  /** The row that the person comes back to: it gets the focus. */
  returned?: { id: number } | null
}

export interface AlertRowsProps extends AlertListProps {
  virtualizer: Windowed
  /** Index of the row that Tab reaches. */
  tabStop: number
  activeId: number | null
  onActive: (id: number) => void
}

/** The rows in view, and the one that may have the focus: it must not lose it by scrolling. */
export function rangeWith(range: Range, tabStop: number): number[] {
  const indexes = defaultRangeExtractor(range)
  if (tabStop >= range.count || indexes.includes(tabStop)) return indexes
  return [...indexes, tabStop].sort((a, b) => a - b)
}

/** Up, Down, Page Up, Page Down, Home and End move between rows, the space bar selects. */
export function AlertRows({
  alerts,
  currentId,
  search = '',
  selection,
  onAcknowledge,
  returned = null,
  virtualizer,
  tabStop,
  onActive,
}: AlertRowsProps) {
  const { slug } = useSite()
  const list = useRef<HTMLOListElement>(null)
  const margin = virtualizer.options.scrollMargin
  const { entering, unseen, seen } = useNewcomers(alerts, () => isAtTop(virtualizer))
  useStill(virtualizer, alerts)
  const move = useMoves(virtualizer, list, alerts, onActive)
  useFirstPlace(virtualizer, alerts, currentId)
  useEffect(() => {
    if (returned) move(alerts.findIndex(({ id }) => id === returned.id))
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once for each return, whatever comes in later
  }, [returned])
  useEffect(() => {
    if (unseen > 0 && isAtTop(virtualizer)) seen()
  })

  const press = (event: KeyboardEvent<HTMLOListElement>) => {
    const focused = event.target instanceof Element ? event.target.getAttribute('data-alert') : null
    if (focused === null || event.ctrlKey || event.metaKey || event.altKey) return
    const id = Number(focused)
    const at = alerts.findIndex((alert) => alert.id === id)
    const to = targetOf(event.key, at, alerts.length, virtualizer)
    if (to !== null) move(to)
    else if (event.key === ' ' && selection) selection.toggle(id, event.shiftKey)
    else return
    event.preventDefault()
  }
  return (
    <>
      {unseen > 0 && (
        <button
          type="button"
          className={styles.news}
          onClick={() => {
            virtualizer.scrollToOffset(margin)
            seen()
          }}
        >
          {plural(unseen, { one: '# new alert', other: '# new alerts' })}
        </button>
      )}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the keys are a shortcut beside Tab: every row stays a link of its own */}
      <ol
        ref={list}
        style={{ height: virtualizer.getTotalSize() }}
        onKeyDown={press}
        onFocus={({ target }) => {
          const row = target.closest('li')?.dataset.index
          const alert = row === undefined ? undefined : alerts[Number(row)]
          if (alert) onActive(alert.id)
        }}
      >
        {virtualizer.getVirtualItems().map(({ index, key, start }) => {
          const alert = alerts[index]
          if (!alert) return null
          const title = alertTitle(alert)
          const tabIndex = index === tabStop ? 0 : -1
          return (
            <li
              key={key}
              ref={virtualizer.measureElement}
              data-index={index}
              aria-posinset={index + 1}
              aria-setsize={alerts.length}
              style={{ transform: `translateY(${start - margin}px)` }}
            >
              {selection && (
                <input
                  type="checkbox"
                  className={styles.select}
                  tabIndex={tabIndex}
                  aria-label={t`Select ${title}`}
                  checked={selection.ids.has(alert.id)}
                  disabled={alert.state === 'resolved'}
                  onChange={({ nativeEvent }) =>
                    selection.toggle(alert.id, (nativeEvent as MouseEvent).shiftKey)
                  }
                />
              )}
              <AlertRow
                alert={alert}
                to={`/s/${slug}/alerts/${alert.id}${search}`}
                tabIndex={tabIndex}
                current={alert.id === currentId}
                entering={entering.has(alert.id)}
              />
              {onAcknowledge && alert.state === 'open' && (
                <button
                  type="button"
                  className={`btn ${styles.acknowledge}`}
                  tabIndex={tabIndex}
                  aria-label={t`Acknowledge ${title}`}
                  onClick={() => onAcknowledge(alert.id)}
                >
                  {t`Acknowledge`}
                </button>
              )}
            </li>
          )
        })}
      </ol>
    </>
  )
}

function isAtTop({ scrollOffset, options }: Windowed): boolean {
  return (scrollOffset ?? 0) <= options.scrollMargin + AT_TOP_PX
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
function useMoves(
  virtualizer: Windowed,
  list: React.RefObject<HTMLOListElement | null>,
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
function useFirstPlace(virtualizer: Windowed, alerts: readonly Alert[], currentId: number | undefined): void {
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
function useStill(virtualizer: Windowed, alerts: readonly Alert[]): void {
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
function useNewcomers(alerts: readonly Alert[], atTop: () => boolean) {
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
