import { describe, expect, it } from 'vitest'

import { frame, LIVE, play, start, tick } from '@/testing/player'

import { FIRST_FRAME_LIMIT_MS, FROZEN_AFTER_MS, STALL_LIMIT_MS, step } from './player-machine'
import { FIRST_PROBE_MS, initialState, type CameraFacts, type PlayerEvent } from './player-state'

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
    expect(state.firstFrameAfterMs).toBe(1_500)
  })

  it('steps down with the server’s own words when WebRTC is refused', () => {
    const reason = { kind: 'refused', code: 'b_frames', detail: 'This camera sends B-frames.' } as const
    const { state } = play([start, [100, { type: 'failed', transport: 'webrtc', reason }]])
    expect(state.phase).toMatchObject({ name: 'connecting', transport: 'hls' })
    expect(state.down).toEqual(reason)
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

  it('measures each wait for a first frame from its own opening, HLS longer than WebRTC', () => {
    const hls = play([start, [3_000, tick], [3_000 + FIRST_FRAME_LIMIT_MS.hls - 1, tick]])
    expect(hls.state.phase).toMatchObject({ name: 'connecting', transport: 'hls', sinceMs: 3_000 })
    const { state, effects } = play([start, [3_000, tick], [3_000 + FIRST_FRAME_LIMIT_MS.hls, tick]])
    expect(effects).toEqual(['open webrtc', 'close', 'open hls', 'close', 'ask_camera'])
    expect(state.phase).toMatchObject({
      name: 'offline',
      reason: { kind: 'late', seconds: 12 },
      retryAtMs: 16_000,
    })
    expect(state.down).toEqual({ kind: 'no_frame' })
  })

  it('keeps a picture that moves, however long, and calls it frozen only from 1.5 s without a frame', () => {
    const events: [number, PlayerEvent][] = [start, [500, frame]]
    for (let at = 1_500; at < 60_000; at += 1_000) events.push([at, frame], [at + 999, tick])
    expect(play(events).effects).toEqual(['open webrtc'])
    expect(play([start, [500, frame], [500 + FROZEN_AFTER_MS - 1, tick]]).state.phase.name).toBe('live')
  })

  it('goes on with the same connection when a frozen picture moves again', () => {
    const { state, effects } = play([
      start,
      [500, frame],
      [2_000, tick],
      [500 + STALL_LIMIT_MS.webrtc - 1, tick],
      [4_000, frame],
      [5_499, tick],
    ])
    expect(effects).toEqual(['open webrtc', 'ask_camera'])
    expect(state).toMatchObject({
      phase: { name: 'live', transport: 'webrtc', sinceMs: 4_000 },
      lastFrameMs: 4_000,
    })
  })

  it('does not close or open twice when it is shown or hidden twice', () => {
    const { state, effects } = play([
      start,
      [1, { type: 'play' }],
      [2, { type: 'pause' }],
      [3, { type: 'pause' }],
    ])
    expect(effects).toEqual(['open webrtc', 'close'])
    expect(state).toMatchObject({ phase: { name: 'paused' }, probeAtMs: null })
  })

  it('comes back on WebRTC after a pause where that had worked or had only stalled', () => {
    const pause: [number, PlayerEvent][] = [
      [60_000, { type: 'pause' }],
      [90_000, { type: 'play' }],
    ]
    expect(play([start, [500, frame], ...pause]).effects.at(-1)).toBe('open webrtc')
    const stalled: [number, PlayerEvent][] = [
      start,
      [500, frame],
      [2_000, tick],
      [4_000, tick],
      [5_000, frame],
    ]
    expect(play([...stalled, ...pause]).effects.at(-1)).toBe('open webrtc')
  })

  it('forgets after a pause when the last frame was: a new wait is not counted from before it', () => {
    const { state } = play([start, [500, frame], [600, { type: 'pause' }], [90_000, { type: 'play' }]])
    expect(state).toMatchObject({ lastFrameMs: null, missingSinceMs: null })
  })

  it.each(['no_frame', 'blocked'] as const)('comes back on HLS when WebRTC failed by %s', (kind) => {
    const leave: PlayerEvent = { type: 'failed', transport: 'webrtc', reason: { kind } }
    const hidden: [number, PlayerEvent][] = [
      [2_000, { type: 'pause' }],
      [9_000, { type: 'play' }],
    ]
    const back = play([start, [100, leave], [900, frame], ...hidden])
    expect(back.effects.at(-1)).toBe('open hls')
    expect(back.state.changes.at(-1)).toEqual({ atMs: 9_000, transport: 'hls', reason: { kind } })
    const offline: PlayerEvent = { type: 'camera', camera: { ...LIVE, state: 'offline' } }
    const gone = play([start, [100, leave], [900, frame], [1_000, offline], ...hidden])
    expect(gone.state.phase.name).toBe('offline')
    const only: PlayerEvent = { type: 'camera', camera: { ...LIVE, offered: ['webrtc'] } }
    expect(play([start, [100, leave], [900, frame], [1_000, only], ...hidden]).effects.at(-1)).toBe(
      'open webrtc',
    )
  })

  it('keeps the last five changes of transport', () => {
    let state = initialState({ ...LIVE, offered: ['webrtc'] })
    ;[state] = step(state, { type: 'play' }, 0)
    for (let round = 1; round <= 6; round++) {
      ;[state] = step(
        state,
        { type: 'failed', transport: 'webrtc', reason: { kind: 'unreachable' } },
        round * 100_000,
      )
      ;[state] = step(state, tick, round * 100_000 + 50_000)
    }
    expect(state.changes.map(({ atMs }) => atMs)).toEqual([250_000, 350_000, 450_000, 550_000, 650_000])
  })

  it('stays denied, whatever comes', () => {
    const { state, effects } = play([
      start,
      [3_000, tick],
      [4_000, frame],
      [5_000, { type: 'denied' }],
      [6_000, { type: 'camera', camera: LIVE }],
      [90_000, frame],
      [90_000, tick],
      [90_000, { type: 'probe_ok' }],
      [90_000, { type: 'play' }],
      [90_000, { type: 'failed', transport: 'hls', reason: { kind: 'stalled' } }],
    ])
    expect(state).toMatchObject({ phase: { name: 'denied' }, probeAtMs: null })
    expect(effects).toEqual(['open webrtc', 'close', 'open hls', 'close'])
  })
})

describe('when the page learns the server’s clock', () => {
  const HOUR = 3_600_000

  it.each([HOUR, -HOUR])('nothing is given up, and nothing waits for ever, by %d ms', (byMs) => {
    const clock: [number, PlayerEvent] = [byMs + 600, { type: 'clock', byMs }]
    const later = (atMs: number, event: PlayerEvent): [number, PlayerEvent] => [byMs + atMs, event]
    const live = play([start, [500, frame], clock, later(700, tick), later(1_999, tick)])
    expect(live.effects).toEqual(['open webrtc'])
    expect(live.state).toMatchObject({
      phase: { name: 'live', sinceMs: byMs + 500 },
      lastFrameMs: byMs + 500,
      changes: [{ atMs: byMs, transport: 'webrtc' }],
    })
    expect(play([start, [500, frame], clock, later(2_000, tick)]).state.phase.name).toBe('frozen')
    expect(play([start, clock, later(2_999, tick)]).effects).toEqual(['open webrtc'])
    expect(play([start, clock, later(3_000, tick)]).effects).toEqual(['open webrtc', 'close', 'open hls'])
  })

  it.each([HOUR, -HOUR])('a retry and a probe come at their time, by %d ms', (byMs) => {
    const failed = (transport: 'webrtc' | 'hls'): PlayerEvent => ({
      type: 'failed',
      transport,
      reason: { kind: 'unreachable' },
    })
    const away = play([
      start,
      [100, failed('webrtc')],
      [100, failed('hls')],
      [byMs + 200, { type: 'clock', byMs }],
      [byMs + 1_099, tick],
    ])
    expect(away.state).toMatchObject({
      phase: { name: 'offline', sinceMs: byMs + 100, retryAtMs: byMs + 1_100 },
      missingSinceMs: byMs + 100,
    })
    const hls = play([start, [3_000, tick], [4_000, frame], [byMs + 4_100, { type: 'clock', byMs }]])
    expect(hls.state.probeAtMs).toBe(byMs + 4_000 + FIRST_PROBE_MS)
  })

  it('the camera’s own times stay: they are the server’s already', () => {
    const dead: CameraFacts = { ...LIVE, state: 'offline', stateSinceMs: 77 }
    const { state } = play([start, [HOUR + 1, { type: 'clock', byMs: HOUR }]], dead)
    expect(state.phase).toMatchObject({ sinceMs: 77, retryAtMs: HOUR + 1_000 })
    expect(state.missingSinceMs).toBe(77)
  })

  it('a tile that shows nothing has nothing to shift', () => {
    const state = initialState(LIVE)
    expect(step(state, { type: 'clock', byMs: HOUR }, HOUR)).toEqual([state, []])
  })
})
