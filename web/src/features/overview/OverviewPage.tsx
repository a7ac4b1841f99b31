import { t } from '@lingui/core/macro'
import type { ReactNode } from 'react'
import { Link, useSearchParams } from 'react-router'
import { EmptyState } from '@/components/EmptyState'
import { ErrorState } from '@/components/ErrorState'
import { PageTitle } from '@/components/PageTitle'
import { CardsSkeleton } from '@/components/Skeletons'
import { useCameras } from '@/lib/queries'
import { useCan, useSite } from '@/lib/site'
import { CameraZone } from './CameraZone'
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
          {zones.zones && <Zones zones={zones.zones} cameras={cameras} wall={wall} />}
        </div>
        <div className={styles.side}>{alerts}</div>
      </div>
    </>
  )
}

/** Zones in trouble, then cameras, then the quiet ones; inside a zone the order never jumps. */
function Zones({ zones, cameras, wall }: { zones: readonly ZoneView[]; cameras: ReactNode; wall: boolean }) {
  const { slug } = useSite()
  const cameraList = useCameras(slug)
  const troubled = zones.filter((zone) => zone.trouble !== null)
  const quiet = zones.filter((zone) => zone.trouble === null)
  const turn = useWallTurn(wall, quiet.length)
  const shown = turn === null ? quiet : quiet.slice(turn, turn + 1)
  const hasCameras = (cameraList.data?.length ?? 0) > 0
  if (zones.length === 0 && !hasCameras && !cameraList.isPending) return <NothingYet />
  // With all quiet the first zone leads, so that the page does not open on video.
  const lead = troubled.length > 0 ? troubled : shown.slice(0, 1)
  const rest = troubled.length > 0 ? shown : shown.slice(1)
  return (
    <>
      {lead.map((zone) => (
        <ZoneSection key={zone.key} zone={zone} />
      ))}
      {hasCameras && <CameraZone cameras={cameraList.data ?? []}>{cameras}</CameraZone>}
      {rest.map((zone) => (
        <ZoneSection key={zone.key} zone={zone} />
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
