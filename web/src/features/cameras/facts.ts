/** What the player needs to know, read from a camera's record. */

import type { Camera } from '@/lib/api/types'

import {
  ALL_TRANSPORTS,
  type CameraFacts,
  type PlayerState,
  type Source,
  type Transport,
} from './player-state'
import { canShow, isMultiplexed } from './support'

/** Where the server has them, before it has said so. */
const PATHS: Record<Transport, string> = {
  webrtc: '/whep',
  llhls: '/hls/index.m3u8',
  hls: '/hls/index.m3u8?parts=no',
  dash: '/dash/manifest.mpd',
}

type CanShow = typeof canShow
type Stream = Camera['streams'][number]

/** As the server says it to a viewer whose offer has no H.265. */
const NO_H265 =
  'This camera sends H.265, which this browser cannot show. Watch its substream instead, set to H.264.'

function isOf(stream: Stream, source: Source, transport: Transport): boolean {
  return stream.source === source && stream.kind === transport
}

export function factsOf(camera: Camera, can: CanShow = canShow): CameraFacts {
  const sentOf = (source: Source) =>
    ALL_TRANSPORTS.filter((transport) => camera.streams.some((each) => isOf(each, source, transport)))
  const sent = sentOf('main')
  const offered = sent.filter((transport) => can(camera.codec, transport))
  const sub = sentOf('sub').filter((transport) => can(camera.sub?.codec ?? '', transport))
  // Before the first picture the server has not looked into the stream yet, so it cannot rule anything out.
  const unknown = sent.length === 0 && sub.length === 0 && camera.state !== 'live'
  return {
    state: camera.state,
    stateSinceMs: camera.state_since_ms,
    stateCode: camera.state_code,
    stateReason: camera.state_reason,
    offered: unknown ? ALL_TRANSPORTS : offered,
    sub,
    notes: offered.length < sent.length ? [NO_H265, ...camera.notes] : camera.notes,
    multiplexed: isMultiplexed(),
  }
}

/** Whether what is played comes with sound: a sub stream may have none, and a server may pass on none by one transport. */
export function hasSound(camera: Camera, { phase, source }: PlayerState): boolean {
  if (!('transport' in phase)) return false
  return camera.streams.some((stream) => isOf(stream, source, phase.transport) && stream.has_sound)
}

export function urlOf(camera: Camera, transport: Transport, source: Source): string {
  const stream = camera.streams.find((each) => isOf(each, source, transport))
  if (stream) return stream.url
  const folder = `/media/${encodeURIComponent(camera.id)}${source === 'sub' ? '/sub' : ''}`
  return folder + PATHS[transport]
}
