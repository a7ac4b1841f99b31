import { lazy, Suspense } from 'react'
import OverviewPage from '@/features/overview/OverviewPage'
import { AlertPanel } from '@/features/alerts/AlertPanel'
import { AlertStrip } from '@/features/alerts/AlertStrip'

/** The player is heavy and not needed for the first look: cameras come a moment later. */
const CameraStrip = lazy(() => import('@/features/cameras/CameraStrip'))

export function OverviewRoute() {
  return (
    <OverviewPage
      cameras={
        <Suspense fallback={null}>
          <CameraStrip limit={4} />
        </Suspense>
      }
      alerts={<AlertPanel />}
      strip={<AlertStrip />}
    />
  )
}
