import { t } from '@lingui/core/macro'
import type { ReactNode } from 'react'
import { Link, useSearchParams } from 'react-router'
import { EmptyState } from '@/components/EmptyState'
import { ErrorState } from '@/components/ErrorState'
import { PageTitle } from '@/components/PageTitle'
import { CardsSkeleton } from '@/components/Skeletons'
import { matches } from '@/lib/fold'
import { useCameras, useOverview } from '@/lib/queries'
import { useCan, useSite } from '@/lib/site'
import { CameraZone } from './CameraZone'
import { FilterBar } from './FilterBar'
import { isFiltering, useFilters, type Filters } from './filters'
import { LargeSite } from './LargeSite'
import { TransportLanes } from './TransportLanes'
import { useWakeLock, useWallTurn } from './wall'
import { ZoneSection } from './ZoneSection'
import { useZones, type ZoneView } from './zones'
import styles from './OverviewPage.module.css'

interface OverviewPageProps {
  /** Made by app/: features do not know each other. */
  cameras: ReactNode
  alerts: ReactNode
  strip: ReactNode
}

/** Lanes first: they answer "can I believe this page?" before any value is read. */
export default function OverviewPage({ cameras, alerts, strip }: OverviewPageProps) {
  const site = useSite()
  const [search] = useSearchParams()
  const wall = search.has('wall')
  const zones = useZones()
  useWakeLock(wall)
  return (
    <>
      <PageTitle text={t`Overview`} hidden>
        {t`Overview`} {site.name}
      </PageTitle>
      <div className={styles.over}>
        <div className={styles.left}>
          <TransportLanes />
          {strip}
          {zones.error !== null && <ErrorState error={zones.error} onRetry={zones.retry} />}
          {zones.pending && <CardsSkeleton count={8} />}
          {zones.large && <LargeOverview cameras={cameras} />}
          {zones.zones && <SmallOverview zones={zones.zones} cameras={cameras} wall={wall} />}
        </div>
        <div className={styles.side}>{alerts}</div>
      </div>
    </>
  )
}

function LargeOverview({ cameras }: { cameras: ReactNode }) {
  const { slug } = useSite()
  const [filters, setFilters] = useFilters()
  const zones = useOverview(slug).data?.zones ?? []
  const cameraList = useCameras(slug).data ?? []
  return (
    <>
      <FilterBar filters={filters} zones={nameZones(zones)} metrics={[]} onChange={setFilters} />
      <LargeSite
        filters={filters}
        cameras={cameraList.length > 0 && <CameraZone cameras={cameraList}>{cameras}</CameraZone>}
      />
    </>
  )
}

/** From this many cards on, looking is slower than typing. */
const FILTER_FROM = 13

interface SmallOverviewProps {
  zones: readonly ZoneView[]
  cameras: ReactNode
  wall: boolean
}

function SmallOverview({ zones, cameras, wall }: SmallOverviewProps) {
  const [filters, setFilters] = useFilters()
  const cards = zones.flatMap((zone) => zone.cards)
  const metrics = [...new Set(cards.map(({ series }) => series.metric))]
  const filtering = isFiltering(filters)
  const shown = filtering ? filterZones(zones, filters) : zones
  return (
    <>
      {(filtering || cards.length >= FILTER_FROM) && (
        <FilterBar filters={filters} zones={nameZones(zones)} metrics={metrics} onChange={setFilters} />
      )}
      {filtering && shown.length === 0 ? (
        <EmptyState text={t`Nothing matches.`} />
      ) : (
        <Zones zones={shown} cameras={filtering ? null : cameras} wall={wall} />
      )}
    </>
  )
}

/** Zones with a name for what stands in none. */
function nameZones(zones: readonly { id: number | null; name: string }[]) {
  return zones.map(({ id, name }) => ({ id, name: id === null ? t`Not placed` : name }))
}

function filterZones(zones: readonly ZoneView[], { text, zone, metric, trouble }: Filters): ZoneView[] {
  return zones
    .filter(({ id }) => zone === '' || String(id ?? 'none') === zone)
    .filter((each) => !trouble || each.trouble !== null)
    .map((each) => ({
      ...each,
      cards: each.cards.filter(
        ({ name, series }) =>
          (metric === '' || series.metric === metric) &&
          matches(text, [name, series.metric, series.device, series.device_name, each.name]),
      ),
    }))
    .filter(({ cards }) => cards.length > 0)
}

/** Zones in trouble, then cameras, then the quiet ones; inside a zone the order never jumps. */
function Zones({ zones, cameras, wall }: { zones: readonly ZoneView[]; cameras: ReactNode; wall: boolean }) {
  const { slug } = useSite()
  const cameraList = useCameras(slug)
  const troubled = zones.filter((zone) => zone.trouble !== null)
  const quiet = zones.filter((zone) => zone.trouble === null)
  const turn = useWallTurn(wall, quiet.length)
  const shown = turn === null ? quiet : quiet.slice(turn, turn + 1)
  const hasCameras = cameras !== null && (cameraList.data?.length ?? 0) > 0
  if (zones.length === 0 && !hasCameras && !cameraList.isPending) return <NothingYet />
  // With all quiet the first zone leads, so that the page does not open on video.
  const lead = troubled.length > 0 ? troubled : shown.slice(0, 1)
  const rest = troubled.length > 0 ? shown : shown.slice(1)
  return (
    <>
      {lead.map((zone) => (
        <ZoneSection key={zone.key} name={zone.name} note={zone.note} cards={zone.cards} />
      ))}
      {hasCameras && <CameraZone cameras={cameraList.data ?? []}>{cameras}</CameraZone>}
      {rest.map((zone) => (
        <ZoneSection key={zone.key} name={zone.name} note={zone.note} cards={zone.cards} />
      ))}
    </>
  )
}

function NothingYet() {
  const { slug } = useSite()
  const owner = useCan('owner')
  return (
    <EmptyState
      text={t`No devices yet. Add one, or run the demo with simulated data.`}
      action={
        owner ? (
          <Link className="btn primary" to={`/s/${slug}/devices/new`}>
            {t`Add device`}
          </Link>
        ) : undefined
      }
    />
  )
}
