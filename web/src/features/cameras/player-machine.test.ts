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
    expect(state.firstFrameAfterMs).toBe(1_500)
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

  it('measures each wait for a first frame from its own opening, HLS longer than WebRTC', () => {
    const hls = play([start, [3_000, tick], [3_000 + FIRST_FRAME_LIMIT_MS.hls - 1, tick]])
    expect(hls.state.phase).toMatchObject({ name: 'connecting', transport: 'hls', sinceMs: 3_000 })
    const { state, effects } = play([start, [3_000, tick], [3_000 + FIRST_FRAME_LIMIT_MS.hls, tick]])
    expect(effects).toEqual(['open webrtc', 'close', 'open hls', 'close', 'ask_camera'])
    expect(state.phase).toMatchObject({ name: 'offline', reason: { kind: 'no_frame' }, retryAtMs: 16_000 })
    expect(state.down).toEqual({ kind: 'no_frame' })
  })

  it('counts the tries that failed, for the tile to tell, and begins anew with a picture', () => {
    let { state } = play([start], { ...LIVE, offered: ['hls'] })
    for (const attempt of [1, 2, 3]) {
      expect(state.phase).toMatchObject({ name: 'connecting', attempt })
      ;[state] = step(
        state,
        { type: 'failed', transport: 'hls', reason: { kind: 'unreachable' } },
        attempt * 60_000,
      )
      ;[state] = step(state, tick, attempt * 60_000 + 30_000)
    }
    ;[state] = step(state, frame, 300_000)
    expect(state).toMatchObject({ failures: 0, missingSinceMs: null, phase: { name: 'live' } })
  })

  it('does not retry before its time', () => {
    const failed = (transport: 'webrtc' | 'hls'): PlayerEvent => ({
      type: 'failed',
      transport,
      reason: { kind: 'unreachable' },
    })
    const { state } = play([start, [100, failed('webrtc')], [200, failed('hls')], [1_199, tick]])
    expect(state.phase).toMatchObject({ name: 'offline', sinceMs: 200, retryAtMs: 1_200 })
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

  it('drops a frozen connection of a camera that is gone only after half a minute', () => {
    const gone: PlayerEvent = {
      type: 'camera',
      camera: { ...LIVE, state: 'connecting', stateCode: 'no_answer' },
    }
    const { state, effects } = play([
      start,
      [500, frame],
      [2_000, tick],
      [2_100, gone],
      [500 + CAMERA_GONE_LIMIT_MS - 1, tick],
    ])
    expect(state.phase.name).toBe('frozen')
    expect(effects).toEqual(['open webrtc', 'ask_camera'])
    const [dropped, last] = step(state, tick, 500 + CAMERA_GONE_LIMIT_MS)
    expect(dropped.phase).toMatchObject({ name: 'offline', reason: { kind: 'camera', code: 'no_answer' } })
    expect(last.map(word)).toEqual(['close', 'ask_camera'])
  })

  it('gives up connecting as soon as the camera is known to be offline', () => {
    const offline: CameraFacts = { ...LIVE, state: 'offline', stateSinceMs: 40, stateCode: 'refused' }
    const { state, effects } = play([start, [900, { type: 'camera', camera: offline }]])
    expect(state.phase).toMatchObject({ name: 'offline', sinceMs: 40, retryAtMs: 1_900 })
    expect(effects).toEqual(['open webrtc', 'close', 'ask_camera'])
  })

  it('goes on connecting when news come of a camera that is there', () => {
    const { state, effects } = play([start, [900, { type: 'camera', camera: LIVE }]])
    expect(state.phase).toMatchObject({ name: 'connecting', transport: 'webrtc', sinceMs: 0 })
    expect(effects).toEqual(['open webrtc'])
  })

  it('stays offline while the news say that the camera still is', () => {
    const dead: CameraFacts = { ...LIVE, state: 'offline', stateSinceMs: 77 }
    const { state, effects } = play([start, [500, { type: 'camera', camera: dead }]], dead)
    expect(state.phase).toMatchObject({ name: 'offline', retryAtMs: 1_000 })
    expect(effects).toEqual(['ask_camera'])
  })

  it('lets a live picture go on though the camera’s record is behind', () => {
    const offline: PlayerEvent = { type: 'camera', camera: { ...LIVE, state: 'offline' } }
    expect(play([start, [500, frame], [900, offline]]).state.phase.name).toBe('live')
  })

  it('keeps its back-off when news of the camera come while the server itself was unreachable', () => {
    const failed = (transport: 'webrtc' | 'hls'): PlayerEvent => ({
      type: 'failed',
      transport,
      reason: { kind: 'unreachable' },
    })
    const { state } = play([
      start,
      [100, failed('webrtc')],
      [100, failed('hls')],
      [200, { type: 'camera', camera: LIVE }],
    ])
    expect(state.phase).toMatchObject({ name: 'offline', retryAtMs: 1_100 })
  })

  it('starts when an unplayable camera gets a stream that plays', () => {
    const h265 = { ...LIVE, offered: [], notes: ['H.265'] }
    const still = play([start, [100, { type: 'camera', camera: h265 }]], h265)
    expect(still.state.phase.name).toBe('unplayable')
    const { state, effects } = play([start, [100, { type: 'camera', camera: LIVE }]], h265)
    expect(effects).toEqual(['open webrtc'])
    expect(state.phase.name).toBe('connecting')
    expect(play([start], { ...LIVE, offered: [] }).state.phase).toEqual({ name: 'unplayable', detail: '' })
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

  it('goes offline where no other transport is offered', () => {
    const failed: PlayerEvent = { type: 'failed', transport: 'webrtc', reason: { kind: 'blocked' } }
    const { state, effects } = play([start, [100, failed]], { ...LIVE, offered: ['webrtc'] })
    expect(state.phase).toMatchObject({ name: 'offline', reason: { kind: 'blocked' } })
    expect(effects).toEqual(['open webrtc', 'close', 'ask_camera'])
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

  /** HLS that plays since 4 s, with a frame each second. */
  function playedHls(untilMs: number, camera = LIVE): ReturnType<typeof play> {
    const events: [number, PlayerEvent][] = [start, [3_000, tick]]
    for (let at = 4_000; at <= untilMs; at += 1_000) events.push([at, frame], [at, tick])
    return play(events, camera)
  }

  it('probes WebRTC less and less often, every ten minutes at last', () => {
    let { state } = playedHls(4_000)
    const probes: number[] = []
    for (let at = 5_000; probes.length < 8; at += 1_000) {
      ;[state] = step(state, frame, at)
      const [next, effects] = step(state, tick, at)
      state = next
      if (effects.length > 0) probes.push(at)
      if (effects.length > 0) [state] = step(state, { type: 'probe_failed' }, at)
    }
    const waits = probes.map((at, i) => (at - (probes[i - 1] ?? 4_000)) / 1_000)
    expect(waits).toEqual([30, 60, 120, 240, 480, 600, 600, 600])
  })

  it('begins to probe soon again after WebRTC had been back', () => {
    const { state } = playedHls(100_000)
    expect(state.probeDelayMs).toBe(4 * FIRST_PROBE_MS)
    const [back] = step(state, { type: 'probe_ok' }, 100_500)
    expect(back).toMatchObject({
      phase: { name: 'connecting', transport: 'webrtc', sinceMs: 100_500, attempt: 1 },
      probeDelayMs: FIRST_PROBE_MS,
      probeAtMs: null,
    })
  })

  it('does not probe a browser without WebRTC, nor while WebRTC itself plays', () => {
    const unsupported: PlayerEvent = { type: 'failed', transport: 'webrtc', reason: { kind: 'unsupported' } }
    expect(play([start, [0, unsupported], [500, frame]]).state.probeAtMs).toBeNull()
    expect(play([start, [500, frame]]).state.probeAtMs).toBeNull()
    expect(playedHls(4_000).state.probeAtMs).toBe(4_000 + FIRST_PROBE_MS)
  })

  it('takes no answer to a probe when HLS is no longer what plays', () => {
    const { state, effects } = play([start, [500, frame], [900, { type: 'probe_ok' }]])
    expect(effects).toEqual(['open webrtc'])
    expect(state.phase).toMatchObject({ name: 'live', transport: 'webrtc' })
    const paused = play([
      start,
      [3_000, tick],
      [4_000, frame],
      [5_000, { type: 'pause' }],
      [5_100, { type: 'probe_ok' }],
    ])
    expect(paused.state.phase.name).toBe('paused')
  })

  it('goes by loss on a live WebRTC alone, from 8 percent, and only where HLS is offered', () => {
    const losses = (percent: number, from: number): [number, PlayerEvent][] =>
      Array.from({ length: LOSS_SAMPLES }, (_, i) => [from + i, { type: 'loss', percent }])
    const phase = (events: [number, PlayerEvent][], camera = LIVE) => play(events, camera).state.phase
    expect(phase([start, [500, frame], ...losses(8, 1_000)])).toMatchObject({
      name: 'connecting',
      transport: 'hls',
    })
    expect(phase([start, [500, frame], ...losses(7.9, 1_000)]).name).toBe('live')
    expect(phase([start, ...losses(50, 100)])).toMatchObject({ name: 'connecting', transport: 'webrtc' })
    expect(phase([start, [3_000, tick], [4_000, frame], ...losses(50, 4_100)]).name).toBe('live')
    const only: CameraFacts = { ...LIVE, offered: ['webrtc'] }
    expect(phase([start, [500, frame], ...losses(50, 1_000)], only).name).toBe('live')
    expect(play([start, [500, frame], ...losses(12.6, 1_000)]).state.down).toEqual({
      kind: 'loss',
      percent: 13,
    })
  })

  it('forgets the loss of a connection with that connection', () => {
    const loss: [number, PlayerEvent][] = [1, 2, 3, 4].map((i) => [500 + i, { type: 'loss', percent: 20 }])
    const { state } = play([
      start,
      [500, frame],
      ...loss,
      [600, { type: 'pause' }],
      [700, { type: 'play' }],
      [800, frame],
      [900, { type: 'loss', percent: 20 }],
    ])
    expect(state.phase).toMatchObject({ name: 'live', transport: 'webrtc' })
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
