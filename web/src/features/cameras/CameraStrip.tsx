import { t } from '@lingui/core/macro'
import { useNavigate } from 'react-router'

import { ErrorState } from '@/components/ErrorState'
import { useSite } from '@/lib/site'

import classes from './CameraStrip.module.css'
import { CameraTile } from './CameraTile'
import { useLiveCameras } from './useLiveCameras'
import { usePlayers } from './usePlayers'

/** The overview's row of cameras. */
export default function CameraStrip({ limit = 4 }: { limit?: number }) {
  const { slug } = useSite()
  const cameras = useLiveCameras(slug)
  const playerOf = usePlayers()
  const navigate = useNavigate()
  if (cameras.isError && !cameras.data)
    return <ErrorState error={cameras.error} onRetry={() => void cameras.refetch()} />
  const shown = cameras.data?.slice(0, limit) ?? []
  return (
    <div className={classes.strip} role="group" aria-label={t`The cameras`}>
      {shown.map((camera) => {
        const open = () => void navigate(`/s/${slug}/cameras/${encodeURIComponent(camera.id)}`)
        return (
          <CameraTile
            key={camera.id}
            camera={camera}
            player={playerOf(camera)}
            onSelect={open}
            onOpen={open}
          />
        )
      })}
    </div>
  )
}
