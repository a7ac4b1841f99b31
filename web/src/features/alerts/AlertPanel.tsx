import { plural, t } from '@lingui/core/macro'
import { useDeferredValue, useMemo, useState } from 'react'
import { AlertsChip } from '@/components/AlertsChip'
import { EmptyState } from '@/components/EmptyState'
import { ErrorState } from '@/components/ErrorState'
import { RowsSkeleton } from '@/components/Skeletons'
import { byTrouble } from '@/lib/live/alertsStore'
import { formatTime } from '@/lib/i18n'
import { useAlertCounts, useAlerts, useConnection, useLive, useSocketState } from '@/lib/live'
import { AlertFilter } from './AlertFilter'
import { AlertList } from './AlertList'
import { filterByState, type Filter } from './filter'
import styles from './AlertPanel.module.css'

/** The panel holds this many; what is still open comes on top of them. */
const LAST = 50

/** The last alerts beside the overview: open first by severity, then newest. */
export function AlertPanel() {
  const { alerts, active, loaded, failed } = useAlerts()
  const live = useLive()
  const [filter, setFilter] = useState<Filter>('all')
  const last = useMemo(
    () => [...new Set([...active, ...alerts.slice(0, LAST)])].sort(byTrouble),
    [active, alerts],
  )
  // Drawn in slices between other tasks: a burst changes many rows at once.
  const shown = useDeferredValue(useMemo(() => filterByState(last, filter), [last, filter]))
  return (
    <aside className={`panel ${styles.panel}`} aria-label={t`Alerts`}>
      <header>
        <h2 className="grow">{t`Alerts`}</h2>
        <AlertsChip />
      </header>
      <AlertFilter filters={['all', 'open', 'acknowledged']} value={filter} onChange={setFilter} />
      {!loaded && failed && <ErrorState error={null} onRetry={() => void live.loadAlerts()} />}
      {!loaded && !failed && <RowsSkeleton />}
      {loaded && shown.length === 0 && <NoAlerts />}
      {loaded && shown.length > 0 && <AlertList alerts={shown} />}
      <CompleteTo />
    </aside>
  )
}

export function NoAlerts() {
  return <EmptyState text={t`No open alerts.`} />
}

/** No list without "complete up to". */
export function CompleteTo() {
  const { completeTo, knownTo } = useSocketState()
  const connection = useConnection()
  const { active } = useAlerts()
  const counts = useAlertCounts()
  const missing = knownTo - completeTo
  if (connection.kind === 'offline') {
    const since = formatTime(connection.sinceMs, true)
    return <footer className={styles.late}>{t`Complete to #${completeTo}, unknown after ${since}`}</footer>
  }
  if (missing > 0)
    return (
      <footer
        className={styles.late}
      >{t`Complete to #${completeTo}, catching up ${plural(missing, { one: '# event', other: '# events' })}`}</footer>
    )
  const shown = active.length
  const all = counts.active
  return (
    <footer>
      {shown < all
        ? t`${shown} of ${all} open alerts shown, complete to event #${completeTo}`
        : t`Complete to event #${completeTo}, none missed`}
    </footer>
  )
}
