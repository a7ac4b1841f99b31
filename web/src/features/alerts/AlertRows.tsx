import { plural, t } from '@lingui/core/macro'
import { useEffect, useRef } from 'react'
import type { Alert } from '@/lib/api/types'
import { useSite } from '@/lib/site'
import { alertTitle } from '@/lib/words'
import { AlertRow } from './AlertRow'
import {
  handleRowKey,
  isAtTop,
  useFirstPlace,
  useMoves,
  useNewcomers,
  useStill,
  type Windowed,
} from './rowScroll'
import type { Selection } from './selection'
import styles from './AlertList.module.css'

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

/** The rows in view, of which Tab reaches one; keys move between them. */
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
  const showNews = () => {
    virtualizer.scrollToOffset(margin)
    seen()
  }
  return (
    <>
      {unseen > 0 && (
        <button type="button" className={styles.news} onClick={showNews}>
          {plural(unseen, { one: '# new alert', other: '# new alerts' })}
        </button>
      )}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the keys are a shortcut beside Tab: every row stays a link of its own */}
      <ol
        ref={list}
        style={{ height: virtualizer.getTotalSize() }}
        onKeyDown={(event) => handleRowKey(event, { virtualizer, alerts, move, onToggle: selection?.toggle })}
        onFocus={({ target }) => {
          const row = target.closest('li')?.dataset.index
          const alert = row === undefined ? undefined : alerts[Number(row)]
          if (alert) onActive(alert.id)
        }}
      >
        {virtualizer.getVirtualItems().map(({ index, key, start }) => {
          const alert = alerts[index]
          if (!alert) return null
          return (
            <li
              key={key}
              ref={virtualizer.measureElement}
              data-index={index}
              aria-posinset={index + 1}
              aria-setsize={alerts.length}
              style={{ transform: `translateY(${start - margin}px)` }}
            >
              <Item
                alert={alert}
                search={search}
                tabIndex={index === tabStop ? 0 : -1}
                current={alert.id === currentId}
                entering={entering.has(alert.id)}
                selection={selection}
                onAcknowledge={onAcknowledge}
              />
            </li>
          )
        })}
      </ol>
    </>
  )
}

interface ItemProps extends Pick<AlertListProps, 'selection' | 'onAcknowledge'> {
  alert: Alert
  search: string
  tabIndex: number
  current: boolean
  entering: boolean
}

/** One alert, and what may be done with it from the list. */
function Item({ alert, search, tabIndex, current, entering, selection, onAcknowledge }: ItemProps) {
  const { slug } = useSite()
  const title = alertTitle(alert)
  return (
    <>
      {selection && (
        <input
          type="checkbox"
          className={styles.select}
          tabIndex={tabIndex}
          aria-label={t`Select ${title}`}
          checked={selection.ids.has(alert.id)}
          disabled={alert.state === 'resolved'}
          onChange={({ nativeEvent }) => selection.toggle(alert.id, (nativeEvent as MouseEvent).shiftKey)}
        />
      )}
      <AlertRow
        alert={alert}
        to={`/s/${slug}/alerts/${alert.id}${search}`}
        tabIndex={tabIndex}
        current={current}
        entering={entering}
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
    </>
  )
}
