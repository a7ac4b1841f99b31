import { describe, expect, it } from 'vitest'

import {
  CAMERA_GONE_LIMIT_MS,
  FIRST_FRAME_LIMIT_MS,
  FIRST_PROBE_MS,
  FROZEN_AFTER_MS,
  initialState,
  LOSS_SAMPLES,
  NO_CAMERA,
  STALL_LIMIT_MS,
  step,
  type CameraFacts,
  type Effect,
  type PlayerEvent,
  type PlayerState,
} from './player-machine'

const LIVE: CameraFacts = { ...NO_CAMERA, state: 'live', stateSinceMs: 0 }

/** Plays events at their times; gives the last state and every effect, as short words. */
function play(
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

const word = (effect: Effect) => ('transport' in effect ? `open ${effect.transport}` : effect.do)
const tick: PlayerEvent = { type: 'tick' }
const frame: PlayerEvent = { type: 'frame' }
const start: [number, PlayerEvent] = [0, { type: 'play' }]

describe('the player', () => {
  it('opens WebRTC first and measures the time to the first frame', () => {
    const { state, effects } = play([start, [800, frame]])
    expect(effects).toEqual(['open webrtc'])
    expect(state.phase).toEqual({ name: 'live', transport: 'webrtc', sinceMs: 800 })
    expect(state.firstFrameAfterMs).toBe(800)
    expect(state.down).toBeNull()
  })

  it('steps down to HLS when no frame came in 3 s, and says so', () => {
    const { state, effects } = play([
      start,
      [2_999, tick],
      [FIRST_FRAME_LIMIT_MS.webrtc, tick],
      [4_500, frame],
    ])
    expect(effects).toEqual(['open webrtc', 'close', 'open hls'])
    expect(state.phase.name).toBe('live')
    expect(state.down).toEqual({ kind: 'no_frame' })
  })

  it('steps down with the server’s own words when WebRTC is refused', () => {
    const reason = { kind: 'refused', code: 'b_frames', detail: 'This camera sends B-frames.' } as const
    const { state } = play([start, [100, { type: 'failed', transport: 'webrtc', reason }]])
    expect(state.phase).toMatchObject({ name: 'connecting', transport: 'hls' })
    expect(state.down).toEqual(reason)
  })

  it('waits for a camera that is only just being connected, instead of trying HLS', () => {
    const reason = { kind: 'camera', code: 'camera_connecting', detail: '' } as const
    const { state, effects } = play([
      start,
      [100, { type: 'failed', transport: 'webrtc', reason }],
      [1_100, tick],
    ])
    expect(effects).toEqual(['open webrtc', 'close', 'ask_camera', 'open webrtc'])
    expect(state.phase.name).toBe('connecting')
  })

  it('ignores a failure of a transport that it has left', () => {
    const failed: PlayerEvent = { type: 'failed', transport: 'webrtc', reason: { kind: 'blocked' } }
    const { state } = play([start, [3_000, tick], [3_500, frame], [4_000, failed]])
    expect(state.phase).toMatchObject({ name: 'live', transport: 'hls' })
  })

  it('shows since when the picture stands still, then steps down', () => {
    const frozen = play([start, [500, frame], [500 + FROZEN_AFTER_MS, tick]])
    expect(frozen.state.phase).toEqual({ name: 'frozen', transport: 'webrtc', sinceMs: 500 })
    expect(frozen.effects).toContain('ask_camera')
    const stalled = play([start, [500, frame], [2_000, tick], [500 + STALL_LIMIT_MS.webrtc, tick]])
    expect(stalled.state.phase).toMatchObject({ name: 'connecting', transport: 'hls' })
    expect(stalled.state.down).toEqual({ kind: 'stalled' })
  })

  it('stays on the same connection while the camera itself is gone, and goes on when it is back', () => {
    const gone: PlayerEvent = { type: 'camera', camera: { ...LIVE, state: 'connecting' } }
    const { state, effects } = play([
      start,
      [500, frame],
      [2_000, tick],
      [2_100, gone],
      [6_000, tick],
      [6_500, frame],
    ])
    expect(effects).toEqual(['open webrtc', 'ask_camera'])
    expect(state.phase).toEqual({ name: 'live', transport: 'webrtc', sinceMs: 6_500 })
  })

  it('gives a camera that stays away up, and says since when the picture is missing', () => {
    const gone: PlayerEvent = {
      type: 'camera',
      camera: { ...LIVE, state: 'offline', stateSinceMs: 900, stateReason: 'No answer' },
    }
    const { state } = play([
      start,
      [500, frame],
      [2_000, tick],
      [2_100, gone],
      [500 + CAMERA_GONE_LIMIT_MS, tick],
    ])
    expect(state.phase).toMatchObject({
      name: 'offline',
      sinceMs: 900,
      reason: { kind: 'camera', code: '', detail: 'No answer' },
    })
  })

  it('does not even try a camera that is offline, and starts when it comes back', () => {
    const dead: CameraFacts = {
      ...LIVE,
      state: 'offline',
      stateSinceMs: 77,
      stateReason: 'Connection refused',
    }
    const waiting = play([start], dead)
    expect(waiting.effects).toEqual(['ask_camera'])
    expect(waiting.state.phase).toMatchObject({ name: 'offline', sinceMs: 77 })
    const [back, effects] = step(waiting.state, { type: 'camera', camera: LIVE }, 5_000)
    expect(back.phase.name).toBe('connecting')
    expect(effects.map(word)).toEqual(['open webrtc'])
  })

  it('retries with growing back-off when neither transport works', () => {
    let state = initialState(LIVE)
    const waits: number[] = []
    let now = 0
    ;[state] = step(state, { type: 'play' }, now)
    for (let round = 0; round < 7; round++) {
      for (const transport of ['webrtc', 'hls'] as const) {
        ;[state] = step(state, { type: 'failed', transport, reason: { kind: 'unreachable' } }, now)
      }
      if (state.phase.name !== 'offline') throw new Error(state.phase.name)
      waits.push(state.phase.retryAtMs - now)
      now = state.phase.retryAtMs
      ;[state] = step(state, tick, now)
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
  })

  it('goes on telling since when the picture is missing, however often it has retried', () => {
    const failed = (transport: 'webrtc' | 'hls'): PlayerEvent => ({
      type: 'failed',
      transport,
      reason: { kind: 'unreachable' },
    })
    const round = (atMs: number): [number, PlayerEvent][] => [
      [atMs, failed('webrtc')],
      [atMs, failed('hls')],
    ]
    const { state } = play([
      start,
      [500, frame],
      ...round(2_000),
      [3_000, tick],
      ...round(3_000),
      [5_000, tick],
      ...round(5_000),
    ])
    expect(state.phase).toMatchObject({ name: 'offline', sinceMs: 500, retryAtMs: 9_000 })
  })

  it('probes WebRTC beside the running HLS and changes over when frames arrive', () => {
    const live: [number, PlayerEvent][] = [start, [3_000, tick], [4_000, frame]]
    let at = 4_000
    for (; at < 4_000 + FIRST_PROBE_MS; at += 1_000) live.push([at, frame])
    const { state, effects } = play([
      ...live,
      [at, tick],
      [at + 700, { type: 'probe_ok' }],
      [at + 900, frame],
    ])
    expect(effects).toEqual(['open webrtc', 'close', 'open hls', 'probe', 'adopt_probe'])
    expect(state.phase).toMatchObject({ name: 'live', transport: 'webrtc' })
    expect(state.down).toBeNull()
    expect(state.changes.map((change) => change.transport)).toEqual(['webrtc', 'hls', 'webrtc'])
  })

  it('leaves WebRTC after ten seconds of heavy loss, not after one bad sample', () => {
    const loss = (percent: number): PlayerEvent => ({ type: 'loss', percent })
    const bad = Array.from({ length: LOSS_SAMPLES - 1 }, (_, i): [number, PlayerEvent] => [
      1_000 + i,
      loss(11),
    ])
    expect(play([start, [500, frame], ...bad]).state.phase.name).toBe('live')
    const { state } = play([start, [500, frame], ...bad, [2_000, loss(11)]])
    expect(state.down).toEqual({ kind: 'loss', percent: 11 })
    expect(play([start, [500, frame], ...bad, [1_500, loss(0)], [2_000, loss(11)]]).state.phase.name).toBe(
      'live',
    )
  })

  it('closes when nobody looks, and comes back on HLS where WebRTC had been blocked', () => {
    const { state, effects } = play([
      start,
      [3_000, tick],
      [4_000, frame],
      [5_000, { type: 'pause' }],
      [9_000, { type: 'play' }],
    ])
    expect(effects).toEqual(['open webrtc', 'close', 'open hls', 'close', 'open hls'])
    expect(state.down).toEqual({ kind: 'no_frame' })
  })

  it('says which codec stands in the way instead of showing a black picture', () => {
    const h265 = { ...LIVE, offered: [], notes: ['This camera sends H.265.'] }
    const { state, effects } = play([start], h265)
    expect(effects).toEqual([])
    expect(state.phase).toEqual({ name: 'unplayable', detail: 'This camera sends H.265.' })
  })

  it('begins with HLS when that is all the server offers, with its reason', () => {
    const { state, effects } = play([start, [900, frame]], {
      ...LIVE,
      offered: ['hls'],
      notes: ['B-frames: WebRTC cannot carry them.'],
    })
    expect(effects).toEqual(['open hls'])
    expect(state.down).toEqual({ kind: 'not_offered', detail: 'B-frames: WebRTC cannot carry them.' })
    expect(state.probeAtMs).toBeNull()
  })

  it('stops for good when the right to view is gone', () => {
    const { state, effects } = play([start, [500, frame], [900, { type: 'denied' }], [5_000, tick]])
    expect(state.phase).toEqual({ name: 'denied' })
    expect(effects.at(-1)).toBe('close')
  })
})
