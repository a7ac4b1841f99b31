import { plural, t } from '@lingui/core/macro'
import { useEffect, useRef, useState, type KeyboardEvent } from 'react'
import type { Alert } from '@/lib/api/types'
import { useSite } from '@/lib/site'
import { alertTitle } from '@/lib/words'
import { AlertRow } from './AlertRow'
import type { Selection } from './selection'
import styles from './AlertList.module.css'

/** Scrolled down by less than this still counts as looking at the top. */
const AT_TOP_PX = 8
/** Rows drawn at once; more when somebody scrolls to less than AHEAD_PX from their end. */
const ROWS = 30
const AHEAD_PX = 1000

/**
 * Alerts as a log. New ones enter at the top where somebody looks at the top; else the list stays where it is and says how many
 * are new. Up and down move between rows, the space bar selects.
 */
export function AlertList({
  alerts,
  currentId,
  search = '',
  selection,
  onAcknowledge,
}: {
  alerts: readonly Alert[]
  currentId?: number
  search?: string
  /** For those who may act: each row can be selected. */
  selection?: Selection
  onAcknowledge?: (id: number) => void
}) {
  const { slug } = useSite()
  const box = useRef<HTMLDivElement>(null)
  const { entering, unseen, seen } = useNewcomers(alerts, box)
  const [drawn, setDrawn] = useState(ROWS)
  const more = drawn < alerts.length
  return (
    <div
      className={styles.log}
      ref={box}
      role="log"
      aria-label={t`List of alerts`}
      onScroll={({ currentTarget: at }) => {
        if (at.scrollTop <= AT_TOP_PX) seen()
        if (more && at.scrollHeight - at.scrollTop - at.clientHeight < AHEAD_PX) setDrawn(drawn + ROWS)
      }}
    >
      {unseen > 0 && (
        <button
          type="button"
          className={styles.news}
          onClick={() => {
            box.current?.scrollTo({ top: 0 })
            seen()
          }}
        >
          {plural(unseen, { one: '# new alert', other: '# new alerts' })}
        </button>
      )}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- arrows are a shortcut beside Tab: every row stays a link of its own */}
      <ol
        onKeyDown={(event) => {
          moveFocus(event)
          if (selection) selectWithSpace(event, selection)
        }}
      >
        {alerts.slice(0, drawn).map((alert) => {
          const title = alertTitle(alert)
          return (
            <li key={alert.id}>
              {selection && (
                <input
                  type="checkbox"
                  className={styles.select}
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
                current={alert.id === currentId}
                entering={entering.has(alert.id)}
              />
              {onAcknowledge && alert.state === 'open' && (
                <button
                  type="button"
                  className={`btn ${styles.acknowledge}`}
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
      {more && (
        <button type="button" className="btn quiet" onClick={() => setDrawn(drawn + ROWS)}>
          {t`Show more`}
        </button>
      )}
    </div>
  )
}

function moveFocus(event: KeyboardEvent<HTMLOListElement>): void {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
  const rows = [...event.currentTarget.querySelectorAll('a')]
  const at = rows.indexOf(document.activeElement as HTMLAnchorElement)
  const next = rows[at + (event.key === 'ArrowDown' ? 1 : -1)]
  if (at < 0 || !next) return
  event.preventDefault()
  next.focus()
}

function selectWithSpace(event: KeyboardEvent<HTMLOListElement>, selection: Selection): void {
  const row = document.activeElement?.getAttribute('data-alert')
  if (event.key !== ' ' || row === null || row === undefined) return
  event.preventDefault()
  selection.toggle(Number(row), event.shiftKey)
}

/** Which alerts came after the first look, and how many of them are still above the edge. Older ones that were asked for are no news. */
function useNewcomers(alerts: readonly Alert[], box: React.RefObject<HTMLDivElement | null>) {
  const known = useRef<Set<number> | null>(null)
  const knownSeq = useRef(0)
  const [entering, setEntering] = useState<ReadonlySet<number>>(new Set())
  const [unseen, setUnseen] = useState(0)
  useEffect(() => {
    const ids = new Set(alerts.map(({ id }) => id))
    const before = known.current
    const seqBefore = knownSeq.current
    knownSeq.current = alerts.reduce((seq, alert) => Math.max(seq, alert.last_seq), seqBefore)
    known.current = new Set([...(before ?? []), ...ids])
    if (!before || before.size === 0) return
    const news = alerts.filter(({ id, last_seq: seq }) => !before.has(id) && seq > seqBefore)
    const fresh = news.map(({ id }) => id)
    if (fresh.length === 0) return
    setEntering(new Set(fresh))
    if ((box.current?.scrollTop ?? 0) > AT_TOP_PX) setUnseen((count) => count + fresh.length)
  }, [alerts, box])
  return { entering, unseen, seen: () => setUnseen(0) }
}
