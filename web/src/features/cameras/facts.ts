/** What the player needs to know, read from a camera's record. */

import type { Camera } from '@/lib/api/types'

import { ALL_TRANSPORTS, type CameraFacts, type Transport } from './player-machine'

function transportOf(kind: string): Transport | null {
  if (kind === 'webrtc') return 'webrtc'
  return kind === 'hls' || kind === 'llhls' ? 'hls' : null
}

export function factsOf(camera: Camera): CameraFacts {
  const offered = ALL_TRANSPORTS.filter((transport) =>
    camera.streams.some(({ kind }) => transportOf(kind) === transport),
  )
  // Before the first picture the server has not looked into the stream yet, so it cannot rule anything out.
  const unknown = offered.length === 0 && camera.state !== 'live'
  return {
    state: camera.state,
    stateSinceMs: camera.state_since_ms,
    stateCode: camera.state_code,
    stateReason: camera.state_reason,
    offered: unknown ? ALL_TRANSPORTS : offered,
    notes: camera.notes,
  }
}

export function urlOf(camera: Camera, transport: Transport): string {
  const stream = camera.streams.find(({ kind }) => transportOf(kind) === transport)
  if (stream) return stream.url
  const id = encodeURIComponent(camera.id)
  return transport === 'webrtc' ? `/media/${id}/whep` : `/media/${id}/hls/index.m3u8`
}
