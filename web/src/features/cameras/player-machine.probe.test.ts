import { describe, expect, it } from 'vitest'

import { frame, LIVE, play, start, tick } from '@/testing/player'

import { LOSS_SAMPLES, step } from './player-machine'
import { FIRST_PROBE_MS, SOON_PROBE_MS, type CameraFacts, type PlayerEvent } from './player-state'

describe('the player', () => {
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
    expect(effects).toEqual(['open webrtc', 'close', 'open hls', 'probe', 'adopt'])
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

  it('probes soon where WebRTC was refused for the moment only, then less and less often', () => {
    const reason = { kind: 'refused', code: 'media_server_down', detail: '', passing: true } as const
    const down: PlayerEvent = { type: 'failed', transport: 'webrtc', reason }
    const { state } = play([start, [100, down], [500, frame]])
    expect(state.probeAtMs).toBe(500 + SOON_PROBE_MS)
    const fresh = { ...state, lastFrameMs: 500 + SOON_PROBE_MS }
    const [probed, effects] = step(fresh, tick, 500 + SOON_PROBE_MS)
    expect(effects).toEqual([{ do: 'probe' }])
    expect(probed.probeAtMs).toBe(500 + 3 * SOON_PROBE_MS)
  })

  it.each([
    ['is there now', { state: 'connecting' }, {}],
    ['offers WebRTC now', { offered: ['hls'] }, {}],
    ['has a sub stream that is known now', {}, { sub: ['webrtc', 'hls'] }],
  ] as const)('probes at once when the camera %s', (_why, before, after) => {
    const refused: PlayerEvent = { type: 'failed', transport: 'webrtc', reason: { kind: 'no_frame' } }
    const known: PlayerEvent = { type: 'camera', camera: { ...LIVE, ...after } }
    const playing: [number, PlayerEvent][] = [start, [100, refused], [500, frame]]
    expect(play([...playing, [900, known], [1_000, tick]], { ...LIVE, ...before }).effects.at(-1)).toBe(
      'probe',
    )
    const opening: [number, PlayerEvent][] = [start, [100, refused], [300, known], [500, frame], [600, tick]]
    expect(play(opening, { ...LIVE, ...before }).effects.at(-1)).toBe('probe')
    expect(play([...playing, [900, { type: 'camera', camera: LIVE }], [1_000, tick]]).effects).not.toContain(
      'probe',
    )
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
})
