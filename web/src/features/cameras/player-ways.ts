/** Ways to watch a camera: one of its streams by one transport. */

import type { PlayerState, Source, Transport } from './player-state'

export interface Way {
  source: Source
  transport: Transport
}

/** All ways to watch, best first: those of the wanted stream, then those of the other one. */
export function waysOf({ camera, wants }: PlayerState): readonly Way[] {
  const main = camera.offered.map((transport): Way => ({ source: 'main', transport }))
  const sub = camera.sub.map((transport): Way => ({ source: 'sub', transport }))
  return wants === 'sub' ? [...sub, ...main] : [...main, ...sub]
}

/** The stream that is looked for over WebRTC while HLS plays: the wanted one where it has that. */
export function probedSource(state: PlayerState): Source {
  return waysOf(state).find(({ transport }) => transport === 'webrtc')?.source ?? state.source
}

export function offeredOf({ camera, source }: PlayerState): readonly Transport[] {
  return source === 'sub' ? camera.sub : camera.offered
}
