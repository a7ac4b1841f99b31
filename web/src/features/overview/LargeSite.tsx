import { plural, t } from '@lingui/core/macro'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { EmptyState } from '@/components/EmptyState'
import { ErrorState } from '@/components/ErrorState'
import { CardsSkeleton } from '@/components/Skeletons'
import { useOffline } from '@/lib/live'
import { useSite } from '@/lib/site'
import { keys } from '@/lib/queries'
import type { Filters } from './filters'
import { readSeriesPage, useAlarmCards, useCardViews, useLargeZones, type LargeZone } from './large'
import { SensorCard } from './SensorCard'
import { rank, type CardView } from './zones'
import styles from './ZoneSection.module.css'

/**
 * A site too large to load: its zones by trouble, each with its counts and the cards in alarm. The other cards of a zone are
 * read when somebody asks for them, and the poll asks for those on the page alone.
 */
export function LargeSite({ filters, cameras }: { filters: Filters; cameras: ReactNode }) {
  const { zones, pending, error, retry } = useLargeZones()
  const cards = useAlarmCards()
  const searching = filters.text !== ''
  if (error !== null && !zones) return <ErrorState error={error} onRetry={retry} />
  if (pending || !zones) return <CardsSkeleton count={8} />
  const shown = zones
    .filter(({ id }) => filters.zone === '' || String(id ?? 'none') === filters.zone)
    .filter(({ trouble }) => !filters.trouble || trouble !== null)
    .sort((a, b) => rank(a.trouble) - rank(b.trouble))
  return (
    <>
      {searching ? (
        <Found filters={filters} />
      ) : (
        shown.map((zone) => (
          <LargeZoneSection
            key={zone.id}
            zone={zone}
            alarms={cards.get(zone.id) ?? NO_CARDS}
            opened={filters.zone !== ''}
          />
        ))
      )}
      {!searching && shown.length === 0 && <EmptyState text={t`No zone matches.`} />}
      {cameras}
    </>
  )
}

const NO_CARDS: readonly CardView[] = []

function LargeZoneSection({
  zone,
  alarms,
  opened,
}: {
  zone: LargeZone
  alarms: readonly CardView[]
  opened: boolean
}) {
  const [open, setOpen] = useState(opened)
  const cut = useOffline()
  const count = zone.series
  return (
    <section className={styles.zone} aria-label={zone.name}>
      <header>
        <h2>{zone.name}</h2>
        {zone.note && <span className="small muted">{zone.note}</span>}
        <span className="small soft grow">{countsOf(zone, cut)}</span>
        <button type="button" className="btn small" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? t`Show alarms only` : t`Show all ${count}`}
        </button>
      </header>
      {open ? (
        <Pages site={{ zone: zone.id === null ? 'none' : String(zone.id) }} />
      ) : (
        alarms.length > 0 && <Cards cards={alarms} />
      )}
    </section>
  )
}

/** `2 critical · 5 stale · 480 fresh`; without a line to the server, that nothing is fresh. */
function countsOf({ critical, warning, fresh, late, stale, offline }: LargeZone, cut: boolean): string {
  const ages = [
    stale > 0 && t`${stale} stale`,
    late > 0 && t`${late} late`,
    t`${fresh} fresh`,
    offline > 0 && plural(offline, { one: '# device offline', other: '# devices offline' }),
  ]
  const parts = [
    critical > 0 && t`${critical} critical`,
    warning > 0 && plural(warning, { one: '# warning', other: '# warnings' }),
    ...(cut ? [t`all values are old`] : ages),
  ]
  return parts.filter(Boolean).join(' · ')
}

function Found({ filters }: { filters: Filters }) {
  const query = {
    q: filters.text,
    ...(filters.zone !== '' && { zone: filters.zone }),
  }
  return (
    <section className={styles.zone} aria-label={t`Found`}>
      <header>
        <h2>{t`Found`}</h2>
      </header>
      <Pages key={JSON.stringify(query)} site={query} />
    </section>
  )
}

/** Cards of a part of the site, page by page. */
function Pages({ site }: { site: { zone?: string; q?: string } }) {
  const { slug } = useSite()
  const pages = useInfiniteQuery({
    queryKey: [...keys.series(slug), 'pages', site],
    queryFn: ({ pageParam }) => readSeriesPage(slug, site, pageParam),
    initialPageParam: '',
    getNextPageParam: (last) => last.cursor,
  })
  const rows = pages.data?.pages.flatMap((page) => page.series) ?? []
  const cards = useCardViews(rows)
  if (pages.isPending) return <CardsSkeleton count={8} />
  if (pages.error) return <ErrorState error={pages.error} onRetry={() => void pages.refetch()} />
  if (rows.length === 0) return <EmptyState text={t`Nothing matches.`} />
  return (
    <>
      <Cards cards={cards} />
      {pages.hasNextPage && (
        <button
          type="button"
          className="btn"
          disabled={pages.isFetchingNextPage}
          onClick={() => void pages.fetchNextPage()}
        >
          {t`Show more`}
        </button>
      )}
    </>
  )
}

function Cards({ cards }: { cards: readonly CardView[] }) {
  return (
    <div className={styles.cards}>
      {cards.map((card) => (
        <SensorCard key={card.series.id} card={card} />
      ))}
    </div>
  )
}
