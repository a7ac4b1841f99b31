/** What happens to a camera's player, in few words. */

import { step } from '@/features/cameras/player-machine'
import {
  initialState,
  NO_CAMERA,
  type CameraFacts,
  type Effect,
  type PlayerEvent,
  type PlayerState,
} from '@/features/cameras/player-state'

export const LIVE: CameraFacts = { ...NO_CAMERA, state: 'live', stateSinceMs: 0, offered: ['webrtc', 'hls'] }

/** Plays events at their times; gives the last state and every effect, as short words. */
export function play(
  events: [atMs: number, event: PlayerEvent][],
  camera = LIVE,
): { state: PlayerState; effects: string[] } {
  let state = initialState(camera)
  const effects: string[] = []
  for (const [atMs, event] of events) {
    const [next, wanted] = step(state, event, atMs)
    state = next
    effects.push(...wanted.map(word))
  }
  return { state, effects }
}

export const word = (effect: Effect) => ('transport' in effect ? `open ${effect.transport}` : effect.do)
export const tick: PlayerEvent = { type: 'tick' }
export const frame: PlayerEvent = { type: 'frame' }
export const start: [number, PlayerEvent] = [0, { type: 'play' }]
