import { t } from '@lingui/core/macro'
import { Link } from 'react-router'

import { Icon } from '@/components/Icon'
import type { Camera } from '@/lib/api/types'
import { formatDateTime, formatNumber, formatTime } from '@/lib/i18n'
import { useCan, useSite } from '@/lib/site'

import { CameraActions } from './CameraActions'
import { CameraDoctor } from './CameraDoctor'
import classes from './CameraSide.module.css'
import { Ladder, LatencyMeter } from './LatencyMeter'
import type { Player, PlayerView } from './player'
import { PublisherPanel } from './PublisherPanel'
import { RtspReaders } from './RtspReaders'
import type { Change } from './player-state'
import { usePlayerView } from './usePlayers'
import {
  cameraReason,
  latencyWords,
  phaseWords,
  reasonWords,
  noteWords,
  subWords,
  transportWords,
} from './words'

/** Explains the chosen camera: how old its picture is, why it travels this way, what else there is. */
export function CameraSide({
  camera,
  player,
  alone = false,
}: {
  camera: Camera
  player: Player
  alone?: boolean
}) {
  const view = usePlayerView(player)
  const { slug } = useSite()
  const owner = useCan('owner')
  return (
    <aside className={`panel ${classes.side}`} aria-label={camera.name}>
      <header>
        <h2 className="grow">
          {alone ? (
            camera.name
          ) : (
            <Link to={`/s/${slug}/cameras/${encodeURIComponent(camera.id)}`}>{camera.name}</Link>
          )}
        </h2>
        <StateOf view={view} />
      </header>
      <div className="body">
        <LatencyMeter view={view} />
      </div>
      <section className={`body ${classes.ruled}`}>
        <h3>{t`Why this transport?`}</h3>
        <Changes changes={view.state.changes} />
      </section>
      <section className={`body ${classes.ruled}`}>
        <h3>{t`Transports`}</h3>
        <Ladder view={view} onChoose={(transport) => player.choose(transport)} />
        {camera.notes.map((note) => (
          <p key={note} className="small muted">
            {noteWords(note)}
          </p>
        ))}
      </section>
      <section className={`body ${classes.ruled}`}>
        <Facts camera={camera} view={view} />
      </section>
      {owner && alone && camera.source.way === 'push' && (
        <section className={`body ${classes.ruled} ${classes.spaced}`}>
          <PublisherPanel camera={camera} />
        </section>
      )}
      {owner && alone && (
        <section className={`body ${classes.ruled}`}>
          <CameraDoctor camera={camera} />
        </section>
      )}
      {alone && (
        <section className={`body ${classes.ruled} ${classes.spaced}`}>
          <RtspReaders camera={camera} />
        </section>
      )}
      {owner && (
        <section className={`body ${classes.ruled}`}>
          <CameraActions camera={camera} />
        </section>
      )}
    </aside>
  )
}

function StateOf({ view }: { view: PlayerView }) {
  const { phase } = view.state
  if (phase.name === 'live') {
    return (
      <span className="tag ok">
        <Icon name={phase.transport === 'webrtc' ? 'rtc' : 'hls'} size="s" />
        {t`Live`}
      </span>
    )
  }
  const grey = phase.name === 'connecting' || phase.name === 'paused'
  return (
    <span className={`tag ${grey ? 'done' : 'grey'}`}>
      {!grey && <Icon name="off" size="s" />}
      {phaseWords(view)}
    </span>
  )
}

/** The last five changes of transport, newest first, each with its reason. */
function Changes({ changes }: { changes: readonly Change[] }) {
  if (changes.length === 0) return <p className="small muted">{t`No transport used yet.`}</p>
  return (
    <ol className={classes.why}>
      {changes.toReversed().map((change) => (
        <li key={change.atMs} data-down={change.reason ? true : undefined}>
          <time dateTime={new Date(change.atMs).toISOString()}>{formatTime(change.atMs, true)}</time>
          <span>{changeWords(change)}</span>
        </li>
      ))}
    </ol>
  )
}

function changeWords({ transport, reason }: Change): string {
  const name = transportWords(transport)
  if (!reason) return t`Open ${name}`
  const why = reasonWords(reason)
  return t`Down to ${name}: ${why}`
}

function Facts({ camera, view }: { camera: Camera; view: PlayerView }) {
  const owner = useCan('owner')
  const fps = view.framesPerSecond
  const rate = fps === null ? '' : formatNumber(fps, 0)
  const picture = [
    camera.height ? `${camera.height}p` : '',
    rate && t`${rate} frames/s`,
    (camera.codec || view.codec)
      .toUpperCase()
      .replace('H264', 'H.264')
      .replace('H265', 'H.265')
      .replace('HEVC', 'H.265'),
  ].filter(Boolean)
  const firstMs = view.state.firstFrameAfterMs
  return (
    <dl className="kv small">
      <dt>{t`Picture`}</dt>
      <dd>{picture.join(' · ') || t`unknown`}</dd>
      {camera.sub && (
        <>
          <dt>{t`Sub stream`}</dt>
          <dd>{subWords(camera.sub)}</dd>
        </>
      )}
      <dt>{t`First picture after`}</dt>
      <dd>{firstMs === null ? t`not measured` : latencyWords(firstMs)}</dd>
      {camera.state !== 'live' && camera.state_reason && (
        <>
          <dt>{t`The server sees`}</dt>
          <dd>{cameraReason(camera)}</dd>
        </>
      )}
      {camera.state_since_ms !== null && (
        <>
          <dt>{camera.state === 'live' ? t`Video since` : t`Since`}</dt>
          <dd>{formatDateTime(camera.state_since_ms)}</dd>
        </>
      )}
      {owner && (
        <>
          <dt>{t`Address`}</dt>
          <dd className={classes.address}>
            {camera.source.url || t`publishes its picture itself`}
            {camera.source.sub_url && <br />}
            {camera.source.sub_url}
          </dd>
        </>
      )}
    </dl>
  )
}
