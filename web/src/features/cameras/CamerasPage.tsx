import { t } from '@lingui/core/macro'
import { useRef, useState } from 'react'
import { Link, useNavigate, useParams, useSearchParams } from 'react-router'

import { EmptyState } from '@/components/EmptyState'
import { ErrorState } from '@/components/ErrorState'
import { Icon } from '@/components/Icon'
import { PageTitle } from '@/components/PageTitle'
import { CardsSkeleton } from '@/components/Skeletons'
import type { Camera } from '@/lib/api/types'
import { useOffline } from '@/lib/live'
import { useCan, useSite } from '@/lib/site'

import { CameraDialog } from './CameraDialog'
import { CameraGrid, GRID_SIZES, type GridSize } from './CameraGrid'
import { CameraSide } from './CameraSide'
import classes from './CamerasPage.module.css'
import { toggleFullScreen } from './CameraTile'
import { useLiveCameras } from './useLiveCameras'
import { usePlayers, type PlayerOf } from './usePlayers'

/** The wall of cameras, or one of them: `/cameras?grid=9`, `/cameras/:id`. */
export default function CamerasPage() {
  const { slug } = useSite()
  const { id } = useParams()
  const cameras = useLiveCameras(slug)
  const playerOf = usePlayers()
  if (cameras.isPending) return <CardsSkeleton count={4} />
  if (!cameras.data)
    return (
      <>
        <PageTitle text={t`Cameras`} />
        <ErrorState error={cameras.error} onRetry={() => void cameras.refetch()} />
      </>
    )
  if (cameras.data.length === 0) return <NoCameras />
  const camera = cameras.data.find((each) => each.id === id)
  if (id !== undefined && !camera) return <Gone />
  return camera ? (
    <OneCamera camera={camera} playerOf={playerOf} />
  ) : (
    <Wall cameras={cameras.data} playerOf={playerOf} />
  )
}

function NoCameras() {
  const { slug } = useSite()
  const owner = useCan('owner')
  const navigate = useNavigate()
  return (
    <>
      <PageTitle text={t`Cameras`} />
      <section className={`panel ${classes.alone}`}>
        <EmptyState
          text={t`No cameras yet. Paste a camera's RTSP address to add one.`}
          action={owner ? <AddCamera onAdded={() => void navigate(`/s/${slug}/cameras`)} /> : undefined}
        />
      </section>
    </>
  )
}

function Gone() {
  const { slug } = useSite()
  return (
    <>
      <PageTitle text={t`Cameras`} />
      <section className={`panel ${classes.alone}`}>
        <EmptyState
          text={t`There is no such camera, or you may not view it.`}
          action={<Link className="btn" to={`/s/${slug}/cameras`}>{t`See the cameras`}</Link>}
        />
      </section>
    </>
  )
}

function AddCamera({ onAdded }: { onAdded: (id: string) => void }) {
  const [open, setOpen] = useState(false)
  const { slug } = useSite()
  const navigate = useNavigate()
  const done = (added?: string) => {
    setOpen(false)
    // One that publishes needs its password, which is made on its page.
    if (added?.startsWith('camera_')) void navigate(`/s/${slug}/cameras/${added}`)
    else if (added) onAdded(added)
  }
  return (
    <>
      <button type="button" className="btn primary" onClick={() => setOpen(true)}>
        <Icon name="plus" size="m" />
        {t`Add camera`}
      </button>
      {open && <CameraDialog onClose={done} />}
    </>
  )
}

function gridFrom(text: string | null, count: number): GridSize {
  return GRID_SIZES.find((size) => String(size) === text) ?? (count > 4 ? 9 : count > 1 ? 4 : 1)
}

function Wall({ cameras, playerOf }: { cameras: readonly Camera[]; playerOf: PlayerOf }) {
  const { slug } = useSite()
  const owner = useCan('owner')
  const navigate = useNavigate()
  const [query, setQuery] = useSearchParams()
  const [chosen, setChosen] = useState<string | null>(null)
  const wall = useRef<HTMLDivElement>(null)

  const size = gridFrom(query.get('grid'), cameras.length)
  const pages = Math.ceil(cameras.length / size)
  const pageOfChosen = 1 + Math.floor(cameras.findIndex(({ id }) => id === chosen) / size)
  const page = Math.min(pages, Math.max(1, Number(query.get('page')) || pageOfChosen))
  const shown = cameras.slice((page - 1) * size, page * size)
  const selected = shown.find((camera) => camera.id === chosen) ?? shown[0]
  const set = (change: Record<string, string>) =>
    setQuery((old) => new URLSearchParams({ ...Object.fromEntries(old), ...change }), { replace: true })
  const select = (id: string) => {
    setChosen(id)
    set({ page: '' }) // the one that it is on
  }

  return (
    <>
      <div className="toolbar">
        <div className="grow">
          <PageTitle text={t`Cameras`} />
        </div>
        <Tally cameras={cameras} />
        <div className={`seg ${classes.sizes}`} role="group" aria-label={t`Tiles`}>
          {GRID_SIZES.map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={each === size}
              onClick={() => set({ grid: String(each), page: '1' })}
            >
              {each}
            </button>
          ))}
        </div>
        <button
          type="button"
          className={`btn ${classes.full}`}
          onClick={() => wall.current && void toggleFullScreen(wall.current)}
        >
          <Icon name="full" size="m" />
          {t`Full screen`}
        </button>
        {owner && <AddCamera onAdded={select} />}
      </div>
      <div className={classes.columns}>
        <div ref={wall} className={classes.wall}>
          <CameraGrid
            cameras={shown}
            size={size}
            selected={selected?.id ?? null}
            playerOf={playerOf}
            onSelect={setChosen}
            onOpen={(id) => void navigate(`/s/${slug}/cameras/${encodeURIComponent(id)}`)}
            onSize={(each) => set({ grid: String(each), page: '1' })}
          />
          {pages > 1 && <Pages page={page} pages={pages} onPage={(each) => set({ page: String(each) })} />}
        </div>
        {selected && <CameraSide key={selected.id} camera={selected} player={playerOf(selected)} />}
      </div>
    </>
  )
}

function Pages({ page, pages, onPage }: { page: number; pages: number; onPage: (page: number) => void }) {
  return (
    <nav className={classes.pages} aria-label={t`Camera page`}>
      <button
        type="button"
        className="btn"
        disabled={page === 1}
        onClick={() => onPage(page - 1)}
      >{t`Previous`}</button>
      <span className="num">
        {page} / {pages}
      </span>
      <button type="button" className="btn" disabled={page === pages} onClick={() => onPage(page + 1)}>
        {t({ message: 'Next', context: 'page' })}
      </button>
    </nav>
  )
}

/** What the server sees of all cameras, also of those not on this page. */
function Tally({ cameras }: { cameras: readonly Camera[] }) {
  const unknown = useOffline()
  if (unknown) return <span className="small muted">{t`unknown: server lost`}</span>
  const count = (state: Camera['state']) =>
    cameras.filter((camera) => camera.enabled && camera.state === state).length
  const live = count('live')
  const connecting = count('connecting')
  const offline = count('offline')
  const off = cameras.filter((camera) => !camera.enabled).length
  const words = [
    t`${live} live`,
    connecting > 0 ? t`${connecting} connecting` : '',
    offline > 0 ? t`${offline} offline` : '',
    off > 0 ? t`${off} switched off` : '',
  ]
  return <span className="small muted">{words.filter(Boolean).join(' · ')}</span>
}

function OneCamera({ camera, playerOf }: { camera: Camera; playerOf: PlayerOf }) {
  const { slug } = useSite()
  return (
    <>
      <div className="crumb">
        <Link to={`/s/${slug}/cameras`}>{t`Cameras`}</Link>
        <Icon name="right" size="s" />
        <span>{camera.name}</span>
      </div>
      <PageTitle text={camera.name} hidden />
      <div className={classes.columns}>
        <CameraGrid
          cameras={[camera]}
          size={1}
          selected={null}
          playerOf={playerOf}
          onSelect={() => undefined}
          onOpen={() => undefined}
          onSize={() => undefined}
        />
        <CameraSide camera={camera} player={playerOf(camera)} alone />
      </div>
    </>
  )
}
