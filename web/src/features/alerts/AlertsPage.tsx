import { t } from '@lingui/core/macro'
import { useMediaQuery } from '@mantine/hooks'
import { useParams, useSearchParams } from 'react-router'
import { AlertsChip } from '@/components/AlertsChip'
import { EmptyState } from '@/components/EmptyState'
import { ErrorState } from '@/components/ErrorState'
import { PageTitle } from '@/components/PageTitle'
import { RowsSkeleton } from '@/components/Skeletons'
import { byTrouble } from '@/lib/live/alertsStore'
import { sentenceOf } from '@/lib/api/sentences'
import { useAlerts, useLive } from '@/lib/live'
import { useSite } from '@/lib/site'
import { AlertDetail } from './AlertDetail'
import { AlertFilter } from './AlertFilter'
import { AlertList } from './AlertList'
import { CompleteTo, NoAlerts } from './AlertPanel'
import { filtered, filterOf, FILTERS, type Filter } from './filter'
import { useOlderAlerts } from './older'
import styles from './AlertsPage.module.css'

/** Below this a list and its detail are two pages. */
const ONE_COLUMN = '(max-width: 1179px)'

/** List, evidence, people, left to right; on a phone the list or one alert. */
export default function AlertsPage() {
  const { id } = useParams()
  const narrow = useMediaQuery(ONE_COLUMN, undefined, { getInitialValueInEffect: false })
  const [search, setSearch] = useSearchParams()
  const filter = filterOf(search.get('state'))
  const shown = useShown(filter)
  const selectedId = id !== undefined ? Number(id) : narrow ? undefined : shown[0]?.id
  const query = search.size > 0 ? `?${search.toString()}` : ''

  if (narrow && selectedId !== undefined) return <AlertDetail key={selectedId} id={selectedId} back={query} />
  return (
    <div className={styles.grid}>
      <AlertColumn
        filter={filter}
        currentId={selectedId}
        search={query}
        onFilter={(next: Filter) => setSearch(next === 'all' ? {} : { state: next }, { replace: true })}
      />
      {!narrow && selectedId !== undefined && <AlertDetail key={selectedId} id={selectedId} />}
    </div>
  )
}

/** What the socket keeps current, open first, then what was asked for from the past. */
function useShown(filter: Filter) {
  const { alerts } = useAlerts()
  return [...filtered(alerts, filter)].sort(byTrouble)
}

interface AlertColumnProps {
  filter: Filter
  currentId: number | undefined
  search: string
  onFilter: (filter: Filter) => void
}

function AlertColumn({ filter, currentId, search, onFilter }: AlertColumnProps) {
  const { slug } = useSite()
  const { alerts, loaded, failed } = useAlerts()
  const live = useLive()
  const recent = useShown(filter)
  const older = useOlderAlerts(slug, alerts)
  const shown = [...recent, ...filtered(older.alerts, filter)]
  return (
    <section className={`panel ${styles.list}`} aria-label={t`Alerts`}>
      <header>
        <span className="grow">
          <PageTitle text={t`Alerts`} />
        </span>
        <AlertsChip />
      </header>
      <AlertFilter filters={FILTERS} value={filter} onChange={onFilter} />
      {!loaded && failed && <ErrorState error={null} onRetry={() => void live.loadAlerts()} />}
      {!loaded && !failed && <RowsSkeleton />}
      {loaded && shown.length === 0 && (filter === 'all' || filter === 'open' ? <NoAlerts /> : <Nothing />)}
      {shown.length > 0 && <AlertList alerts={shown} currentId={currentId} search={search} />}
      {older.error !== null && (
        <p className="small muted" role="alert">
          {sentenceOf(older.error)}
        </p>
      )}
      {loaded && older.more && (
        <button type="button" className={`btn ${styles.older}`} onClick={older.load} disabled={older.loading}>
          {t`Show older`}
        </button>
      )}
      <CompleteTo />
    </section>
  )
}

function Nothing() {
  return <EmptyState text={t`No such alerts.`} />
}
