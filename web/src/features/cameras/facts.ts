/** What the player needs to know, read from a camera's record. */

import type { Camera } from '@/lib/api/types'

import { ALL_TRANSPORTS, type CameraFacts, type Transport } from './player-machine'
import { canShow } from './support'

type CanShow = typeof canShow
type Stream = Camera['streams'][number]

/** As the server says it to a viewer whose offer has no H.265. */
const NO_H265 =
  'This camera sends H.265, which this browser cannot show. Watch its substream instead, set to H.264.'

function transportOf(kind: string): Transport | null {
  if (kind === 'webrtc') return 'webrtc'
  return kind === 'hls' || kind === 'llhls' ? 'hls' : null
}

/** The first stream of this kind that the browser can show: the main one, else the smaller one. */
function streamOf(camera: Camera, transport: Transport, can: CanShow): Stream | undefined {
  const codecOf = ({ source }: Stream) => (source === 'sub' ? camera.sub?.codec : camera.codec) ?? ''
  return camera.streams.find(
    (stream) => transportOf(stream.kind) === transport && can(codecOf(stream), transport),
  )
}

export function factsOf(camera: Camera, can: CanShow = canShow): CameraFacts {
  const sent = ALL_TRANSPORTS.filter((transport) =>
    camera.streams.some(({ kind }) => transportOf(kind) === transport),
  )
  const offered = ALL_TRANSPORTS.filter((transport) => streamOf(camera, transport, can))
  // Before the first picture the server has not looked into the stream yet, so it cannot rule anything out.
  const unknown = sent.length === 0 && camera.state !== 'live'
  return {
    state: camera.state,
    stateSinceMs: camera.state_since_ms,
    stateCode: camera.state_code,
    stateReason: camera.state_reason,
    offered: unknown ? ALL_TRANSPORTS : offered,
    notes: offered.length < sent.length ? [NO_H265, ...camera.notes] : camera.notes,
  }
}

export function urlOf(camera: Camera, transport: Transport, can: CanShow = canShow): string {
  const stream = streamOf(camera, transport, can)
  if (stream) return stream.url
  const id = encodeURIComponent(camera.id)
  return transport === 'webrtc' ? `/media/${id}/whep` : `/media/${id}/hls/index.m3u8`
}
