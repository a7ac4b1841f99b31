/** Ways to watch a camera: one of its streams by one transport. */

import {
  current,
  LADDER,
  type CameraFacts,
  type PlayerState,
  type Source,
  type Transport,
} from './player-state'

export interface Way {
  source: Source
  transport: Transport
}

/**
 * The transports that are tried, best first. A player of low latency keeps a request waiting all the time, and a browser
 * has six connections to a server that speaks HTTP/1.1: there small tiles, of which there are many, do without.
 */
function rungsOf({ wants, chosen, camera }: PlayerState): readonly Transport[] {
  if (chosen) return [chosen, ...LADDER.filter((transport) => transport !== chosen)]
  return wants === 'main' || camera.multiplexed ? LADDER : LADDER.filter((transport) => transport !== 'llhls')
}

/** All ways to watch, best first: those of the wanted stream, then those of the other one. */
export function waysOf(state: PlayerState): readonly Way[] {
  const { camera, wants } = state
  const rungs = rungsOf(state)
  const ways = (source: Source, offered: readonly Transport[]) =>
    rungs.filter((transport) => offered.includes(transport)).map((transport): Way => ({ source, transport }))
  const main = ways('main', camera.offered)
  const sub = ways('sub', camera.sub)
  return wants === 'sub' ? [...sub, ...main] : [...main, ...sub]
}

/** Whether low latency could be had in the place of the plain HLS that is open. */
export function canClimb(state: PlayerState): boolean {
  const { source } = state
  return waysOf(state).some((way) => way.transport === 'llhls' && way.source === source)
}

/** Whether WebRTC is looked for in the place of the transport that is open. */
export function mayProbe(state: PlayerState): boolean {
  const transport = current(state)
  return (
    transport !== null &&
    transport !== 'webrtc' &&
    transport !== state.chosen &&
    state.down?.kind !== 'unsupported' &&
    waysOf(state).some((way) => way.transport === 'webrtc')
  )
}

/** Whether WebRTC may come now where it could not before: the camera is there, or a stream of it is known. */
export function gainsWebrtc(before: CameraFacts, now: CameraFacts): boolean {
  const gained = (one: readonly Transport[], other: readonly Transport[]) =>
    !one.includes('webrtc') && other.includes('webrtc')
  const came = before.state !== 'live' && now.state === 'live'
  return came || gained(before.offered, now.offered) || gained(before.sub, now.sub)
}

/** The stream that is looked for over WebRTC while HLS plays: the wanted one where it has that. */
export function probedSource(state: PlayerState): Source {
  return waysOf(state).find(({ transport }) => transport === 'webrtc')?.source ?? state.source
}

export function offeredOf({ camera, source }: PlayerState): readonly Transport[] {
  return source === 'sub' ? camera.sub : camera.offered
}
