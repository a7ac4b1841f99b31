import { describe, expect, it } from 'vitest'

import { frame, LIVE, play, start, tick, word } from '@/testing/player'

import { CAMERA_GONE_LIMIT_MS, step } from './player-machine'
import { initialState, type CameraFacts, type PlayerEvent } from './player-state'

describe('the player', () => {
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

  it('says which codec stands in the way instead of showing a black picture', () => {
    const h265 = { ...LIVE, offered: [], notes: ['This camera sends H.265.'] }
    const { state, effects } = play([start], h265)
    expect(effects).toEqual([])
    expect(state.phase).toEqual({ name: 'unplayable', detail: 'This camera sends H.265.' })
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

  it('goes offline where no other transport is offered', () => {
    const failed: PlayerEvent = { type: 'failed', transport: 'webrtc', reason: { kind: 'blocked' } }
    const { state, effects } = play([start, [100, failed]], { ...LIVE, offered: ['webrtc'] })
    expect(state.phase).toMatchObject({ name: 'offline', reason: { kind: 'blocked' } })
    expect(effects).toEqual(['open webrtc', 'close', 'ask_camera'])
  })
})
