import { t } from '@lingui/core/macro'
import { useMediaQuery } from '@mantine/hooks'
import { useEffect, useMemo, useState } from 'react'
import { useNavigate, useParams, useSearchParams } from 'react-router'
import { AlertsChip } from '@/components/AlertsChip'
import { EmptyState } from '@/components/EmptyState'
import { ErrorState } from '@/components/ErrorState'
import { PageTitle } from '@/components/PageTitle'
import { RowsSkeleton } from '@/components/Skeletons'
import { sentenceOf } from '@/lib/api/sentences'
import { useAlerts, useLive } from '@/lib/live'
import { useCan, useSite } from '@/lib/site'
import { AlertDetail } from './AlertDetail'
import { AlertFilter } from './AlertFilter'
import { AlertList } from './AlertList'
import { CompleteTo, NoAlerts } from './AlertPanel'
import { AlertSearch } from './AlertSearch'
import { filtersOf, FILTERS, isNarrowed, searchOf, type Filters } from './filter'
import { useFoundAlerts } from './found'
import { useSelection } from './selection'
import { useSeveral } from './several'
import { SeveralBar } from './SeveralBar'
import styles from './AlertsPage.module.css'

/** Below this a list and its detail are two pages. */
const ONE_COLUMN = '(max-width: 1179px)'

/** List, evidence, people, left to right; on a phone the list or one alert. */
export default function AlertsPage() {
  const { id } = useParams()
  const narrow = useMediaQuery(ONE_COLUMN, undefined, { getInitialValueInEffect: false })
  const [search, setSearch] = useSearchParams()
  const filters = useMemo(() => filtersOf(search), [search])
  const found = useFoundAlerts(filters)
  const query = search.size > 0 ? `?${search.toString()}` : ''
  const first = useFirst(found.shown[0]?.id, query)
  const selectedId = id !== undefined ? Number(id) : narrow ? undefined : first
  const returned = useReturn(id, query)

  if (narrow && selectedId !== undefined)
    return <AlertDetail key={selectedId} id={selectedId} back={query} focused />
  return (
    <div className={styles.grid}>
      <AlertColumn
        filters={filters}
        found={found}
        currentId={selectedId}
        search={query}
        returned={returned}
        onFilter={(change) => setSearch(searchOf({ ...filters, ...change }), { replace: true })}
      />
      {!narrow && selectedId !== undefined && (
        <AlertDetail key={selectedId} id={selectedId} focused={id !== undefined} />
      )}
    </div>
  )
}

/** Beside the list stands its first alert; a newer one does not take its place while somebody reads it. */
function useFirst(first: number | undefined, query: string): number | undefined {
  const [kept, setKept] = useState({ query, first })
  if (kept.query === query && kept.first !== undefined) return kept.first
  if (kept.query !== query || first !== undefined) setKept({ query, first })
  return first
}

/** Escape leaves the opened alert; then the focus is on its row again: the answer says which it was. */
function useReturn(id: string | undefined, query: string): { id: number } | null {
  const { slug } = useSite()
  const navigate = useNavigate()
  const [{ last, returned }, setPlace] = useState({ last: id, returned: null as { id: number } | null })
  if (last !== id)
    setPlace({ last: id, returned: id === undefined && last !== undefined ? { id: Number(last) } : null })
  useEffect(() => {
    if (id === undefined) return
    const leave = (event: KeyboardEvent) => {
      const inField =
        event.target instanceof Element && event.target.closest('input, textarea, select, dialog')
      if (event.key === 'Escape' && !event.defaultPrevented && !inField)
        void navigate(`/s/${slug}/alerts${query}`)
    }
    window.addEventListener('keydown', leave)
    return () => window.removeEventListener('keydown', leave)
  }, [id, navigate, slug, query])
  return returned
}

interface AlertColumnProps {
  filters: Filters
  found: ReturnType<typeof useFoundAlerts>
  currentId: number | undefined
  search: string
  returned: { id: number } | null
  onFilter: (change: Partial<Filters>) => void
}

function AlertColumn({ filters, found, currentId, search, returned, onFilter }: AlertColumnProps) {
  const { loaded, failed } = useAlerts()
  const live = useLive()
  const operator = useCan('operator')
  const { shown, error } = found
  const selection = useSelection(shown)
  const several = useSeveral()
  const nothing = !isNarrowed(filters) && (filters.state === 'all' || filters.state === 'open')
  return (
    <section className={`panel ${styles.list}`} aria-label={t`Alerts`}>
      <header>
        <span className="grow">
          <PageTitle text={t`Alerts`} />
        </span>
        <AlertsChip />
      </header>
      <AlertSearch filters={filters} onChange={onFilter} />
      <AlertFilter filters={FILTERS} value={filters.state} onChange={(state) => onFilter({ state })} />
      {operator && <SeveralBar selection={selection} several={several} />}
      {!loaded && failed && <ErrorState error={null} onRetry={() => void live.loadAlerts()} />}
      {((!loaded && !failed) || (found.searching && shown.length === 0)) && <RowsSkeleton />}
      {loaded &&
        !found.searching &&
        shown.length === 0 &&
        error === null &&
        (nothing ? <NoAlerts /> : <Nothing />)}
      {shown.length > 0 && (
        <AlertList
          alerts={shown}
          currentId={currentId}
          search={search}
          returned={returned}
          selection={operator ? selection : undefined}
          onAcknowledge={operator ? (id) => several.mutate({ act: 'acknowledge', ids: [id] }) : undefined}
        />
      )}
      {error !== null && (
        <p className="small muted" role="alert">
          {sentenceOf(error)}
        </p>
      )}
      {loaded && found.more && (
        <button type="button" className={`btn ${styles.older}`} onClick={found.load} disabled={found.loading}>
          {error === null ? t`Show older` : t`Try again`}
        </button>
      )}
      <CompleteTo />
    </section>
  )
}

function Nothing() {
  return <EmptyState text={t`No such alerts.`} />
}
