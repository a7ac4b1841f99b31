import { t } from '@lingui/core/macro'
import { useId, type ReactNode } from 'react'
import { Link } from 'react-router'
import type { Camera } from '@/lib/api/types'
import { useOffline } from '@/lib/live'
import { useSite } from '@/lib/site'
import { isMoving, useVideo } from '@/lib/video'
import styles from './ZoneSection.module.css'

export function CameraZone({ cameras, children }: { cameras: readonly Camera[]; children: ReactNode }) {
  const { slug } = useSite()
  const heading = useId()
  const count = cameras.length
  return (
    <section className={styles.zone} aria-labelledby={heading}>
      <header>
        <h2 id={heading}>{t`Cameras`}</h2>
        <span className="small muted grow">
          <CameraTally cameras={cameras} />
        </span>
        <Link className="small soft" to={`/s/${slug}/cameras`}>{t`See all ${count}`}</Link>
      </header>
      {children}
    </section>
  )
}

function CameraTally({ cameras }: { cameras: readonly Camera[] }) {
  const offline = useOffline()
  const { reports } = useVideo()
  if (offline) return isMoving(reports) ? t`server lost` : t`the picture has stopped, it is not the present`
  const live = cameras.filter(({ state }) => state === 'live').length
  const connecting = cameras.filter(({ state }) => state === 'connecting').length
  const lost = cameras.filter(({ state }) => state === 'offline').length
  return [
    t`${live} live`,
    connecting > 0 ? t`${connecting} connecting` : '',
    lost > 0 ? t`${lost} offline` : '',
  ]
    .filter(Boolean)
    .join(' · ')
}
