import { t } from '@lingui/core/macro'
import { useEffect, useRef, useState, type KeyboardEvent, type Ref, type RefObject } from 'react'

import { Icon } from '@/components/Icon'
import type { Camera } from '@/lib/api/types'
import { useNow } from '@/lib/live/clock'
import { formatDate, formatDuration, formatTime } from '@/lib/i18n'
import { useOffline } from '@/lib/live'
import { useOnScreen } from '@/lib/onScreen'

import classes from './CameraTile.module.css'
import { hasSound } from './facts'
import type { Player, PlayerView } from './player'
import { hear, useHeard } from './sound'
import { usePlaying } from './usePlayers'
import { cameraReason, latencyWords, phaseWords, reasonWords, noteWords, transportWords } from './words'

interface Props {
  camera: Camera
  player: Player
  selected?: boolean
  /** Alone on its page: its whole picture is shown, as it is while the tile fills the screen. */
  large?: boolean
  /** 0 for the one tile of the grid that Tab reaches. */
  tabIndex?: number
  onSelect?: () => void
  onOpen?: () => void
  ref?: Ref<HTMLElement>
}

/** A camera's picture, how it travels and how old it is; Enter opens, F fills the screen, M switches the sound. */
export function CameraTile({
  camera,
  player,
  selected = false,
  large = false,
  tabIndex = 0,
  onSelect,
  onOpen,
  ref,
}: Props) {
  const video = useRef<HTMLVideoElement>(null)
  const filling = useFillsScreen(video)
  const view = usePlaying({ camera, player, video, active: useOnScreen(video), large: large || filling })
  const hearable = hasSound(camera, view.state)
  const heard = useHeard(camera.id) && hearable
  useEffect(() => {
    if (video.current) video.current.muted = !heard
    player.hear(heard)
  }, [heard, player])

  const { phase } = view.state
  const toggleSound = () => hear(heard ? null : camera.id)
  const covered = phase.name !== 'live' && phase.name !== 'frozen'
  const state = phaseWords(view)
  const name = camera.name

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const key = event.key.toLowerCase()
    if (key === 'enter') onOpen?.()
    else if (key === 'f') void toggleFullScreen(event.currentTarget)
    else if (key === 'm' && hearable) toggleSound()
    else return
    event.preventDefault()
  }

  return (
    <div className={classes.place}>
      {/* A tile is pressed like a button and holds none; the keys are named in its label's description. */}
      <div
        ref={ref as Ref<HTMLDivElement>}
        role="button"
        className={classes.tile}
        data-cover={covered ? phase.name : undefined}
        aria-pressed={selected}
        aria-keyshortcuts="Enter F M"
        tabIndex={tabIndex}
        onClick={onSelect}
        onDoubleClick={onOpen}
        onKeyDown={onKeyDown}
      >
        <span className="vh">{`${camera.name}, ${state}`}</span>
        <video ref={video} muted autoPlay playsInline disablePictureInPicture aria-hidden="true" />
        <span className={classes.face} aria-hidden="true">
          <Pill view={view} heard={heard} />
          {covered && <Message camera={camera} view={view} />}
          <span className={classes.bar}>
            <b title={camera.name}>{camera.name}</b>
            <span className={classes.aside}>
              <Aside view={view} />
            </span>
          </span>
        </span>
      </div>
      {hearable && (
        <button
          type="button"
          className={classes.sound}
          aria-label={t`Sound of ${name}`}
          aria-pressed={heard}
          tabIndex={tabIndex}
          onClick={toggleSound}
        >
          <Icon name={heard ? 'sound' : 'quiet'} size="m" />
        </button>
      )}
    </div>
  )
}

export async function toggleFullScreen(element: HTMLElement): Promise<void> {
  if (document.fullscreenElement) await document.exitFullscreen()
  else await element.requestFullscreen()
}

/** Whether the tile of this picture, and no more than that, fills the screen. */
function useFillsScreen(video: RefObject<HTMLVideoElement | null>): boolean {
  const [fills, setFills] = useState(false)
  useEffect(() => {
    const look = () =>
      setFills(
        document.fullscreenElement !== null && document.fullscreenElement === video.current?.parentElement,
      )
    document.addEventListener('fullscreenchange', look)
    return () => document.removeEventListener('fullscreenchange', look)
  }, [video])
  return fills
}

/** Top left: the transport, its measured latency, and why it is not the best one. */
function Pill({ view, heard }: { view: PlayerView; heard: boolean }) {
  const { phase, down, source, wants } = view.state
  const offline = useOffline()
  if (phase.name !== 'live' && phase.name !== 'frozen') return null
  const since = formatTime(phase.name === 'frozen' ? phase.sinceMs : 0, true)
  const name = transportWords(phase.transport)
  const latency = view.latencyMs === null ? '' : ` ${latencyWords(view.latencyMs)}`
  const why = down ? reasonWords(down) : ''
  return (
    <span className={classes.pills}>
      {phase.name === 'frozen' ? (
        <span className={`${classes.pill} ${classes.down}`}>
          <Icon name="off" size="s" />
          {t`Picture stopped at ${since}`}
        </span>
      ) : (
        <span className={`${classes.pill} ${down ? classes.down : ''}`} title={down ? why : undefined}>
          <Icon name={down ? 'step' : phase.transport === 'webrtc' ? 'rtc' : 'hls'} size="s" />
          <span className={classes.text}>
            {name}
            {latency}
            {down && phase.transport !== 'webrtc' && `, ${t`down from WebRTC: ${why}`}`}
            {source === 'sub' && wants === 'main' && `, ${t`sub stream`}`}
          </span>
        </span>
      )}
      {offline && phase.name === 'live' && (
        <span className={classes.pill}>
          <Icon name="off" size="s" />
          {t`server lost`}
        </span>
      )}
      {heard && <span className={classes.pill}>{t`with sound`}</span>}
    </span>
  )
}

function Aside({ view }: { view: PlayerView }) {
  const { phase } = view.state
  const now = useNow()
  const unknown = useOffline()
  if (phase.name === 'offline') return formatDuration(Math.max(0, now - phase.sinceMs))
  if (unknown) return t`recording unknown`
  if (phase.name === 'live' || phase.name === 'frozen') {
    return (
      <>
        <i className={classes.ring} />
        {t`Not recording`}
      </>
    )
  }
  return phaseWords(view)
}

/** In the middle, where no picture is. */
function Message({ camera, view }: { camera: Camera; view: PlayerView }) {
  const { phase } = view.state
  const now = useNow()
  switch (phase.name) {
    case 'connecting': {
      const transport = transportWords(phase.transport)
      const attempt = phase.attempt
      const next =
        phase.transport === 'webrtc' && view.state.source === 'main'
          ? t`try ${attempt} · after 3 s HLS is tried`
          : t`try ${attempt}`
      return <Words spin title={t`Connecting ${transport}`} text={next} />
    }
    case 'offline': {
      const since = formatTime(phase.sinceMs)
      const seconds = Math.max(0, Math.ceil((phase.retryAtMs - now) / 1000))
      const why = phase.reason.kind === 'camera' ? cameraReason(camera) : reasonWords(phase.reason)
      const today = formatDate(phase.sinceMs) === formatDate(now)
      const day = today ? '' : `${formatDate(phase.sinceMs)} · `
      return (
        <Words
          icon="off"
          title={t`Offline since ${since}`}
          text={`${day}${why}`}
          more={t`trying again in ${seconds} s`}
        />
      )
    }
    case 'unplayable':
      return <Words icon="cam" title={t`Cannot be shown here`} text={noteWords(phase.detail)} />
    case 'denied':
      return <Words icon="lock" title={t`You may not view this`} text={t`Ask the owner`} />
    default:
      return camera.enabled ? null : (
        <Words
          icon="off"
          title={t({ message: 'Off', context: 'camera' })}
          text={t`Switch on again on this camera's page`}
        />
      )
  }
}

interface WordsProps {
  title: string
  text: string
  more?: string
  icon?: 'off' | 'lock' | 'cam'
  spin?: boolean
}

function Words({ title, text, more, icon, spin }: WordsProps) {
  return (
    <span className={classes.message}>
      {spin && <i className={classes.spin} />}
      {icon && <Icon name={icon} />}
      <b>{title}</b>
      {text && <span>{text}</span>}
      {more && <span>{more}</span>}
    </span>
  )
}
