import { describe, expect, it } from 'vitest'

import { frame, LIVE, play, tick, word } from '@/testing/player'

import { FIRST_SUB_FRAME_LIMIT_MS, step, SWITCH_AGAIN_MS } from './player-machine'
import type { CameraFacts, PlayerEvent, Reason } from './player-state'
import { probedSource } from './player-ways'

const BOTH: CameraFacts = { ...LIVE, sub: ['webrtc', 'hls'] }
const small: [number, PlayerEvent] = [0, { type: 'want', source: 'sub' }]
const large = (atMs: number): [number, PlayerEvent] => [atMs, { type: 'want', source: 'main' }]
const begin: [number, PlayerEvent] = [0, { type: 'play' }]
const failed = (atMs: number, reason: Reason): [number, PlayerEvent] => [
  atMs,
  { type: 'failed', transport: 'webrtc', reason },
]

describe('a camera with a sub stream', () => {
  it('shows it in a small tile, and the main stream in a large one', () => {
    expect(play([small, begin, [500, frame]], BOTH).state).toMatchObject({
      source: 'sub',
      phase: { name: 'live', transport: 'webrtc' },
    })
    expect(play([begin, [500, frame]], BOTH).state.source).toBe('main')
  })

  it('keeps its picture when enlarged until the main stream has one, and goes back in the same way', () => {
    const enlarged = play([small, begin, [500, frame], large(900)], BOTH)
    expect(enlarged.effects).toEqual(['open webrtc', 'switch'])
    expect(enlarged.state).toMatchObject({ source: 'sub', phase: { name: 'live' } })
    const events: [number, PlayerEvent][] = [
      small,
      begin,
      [500, frame],
      large(900),
      [1_400, { type: 'switch_ok' }],
      [5_000, { type: 'want', source: 'sub' }],
      [5_600, { type: 'switch_ok' }],
    ]
    const back = play(events, BOTH)
    expect(back.effects).toEqual(['open webrtc', 'switch', 'adopt', 'switch', 'adopt'])
    expect(back.state).toMatchObject({ source: 'sub', phase: { name: 'live', transport: 'webrtc' } })
  })

  it('gives the main stream up when the tile is small again before it came', () => {
    const { state, effects } = play(
      [small, begin, [500, frame], large(900), [1_000, { type: 'want', source: 'sub' }]],
      BOTH,
    )
    expect(effects).toEqual(['open webrtc', 'switch', 'abandon'])
    expect(step(state, { type: 'switch_ok' }, 1_100)).toEqual([state, []])
  })

  it('stays with the picture that is there when the other stream does not come, and tries again', () => {
    const { state } = play([small, begin, [500, frame], large(900)], BOTH)
    expect(state).toMatchObject({ source: 'sub', phase: { name: 'live' } })
    const fresh = { ...state, lastFrameMs: 900 + SWITCH_AGAIN_MS }
    expect(step(fresh, tick, 899 + SWITCH_AGAIN_MS)[1]).toEqual([])
    expect(step(fresh, tick, 900 + SWITCH_AGAIN_MS)[1].map(word)).toEqual(['switch'])
  })

  it.each([
    ['is not there', { kind: 'camera', code: 'camera_offline', detail: '' }],
    ['cannot be shown', { kind: 'refused', code: 'h265', detail: '' }],
  ] as const)('shows the main stream in a small tile where the sub stream %s', (_why, reason) => {
    const { state, effects } = play([small, begin, failed(300, reason)], BOTH)
    expect(effects).toEqual(['open webrtc', 'close', 'open webrtc'])
    expect(state).toMatchObject({ source: 'main', down: reason, phase: { transport: 'webrtc' } })
  })

  it('gives a sub stream that is only being connected more time', () => {
    const { state, effects } = play([small, begin, [FIRST_SUB_FRAME_LIMIT_MS - 1, tick]], BOTH)
    expect(effects).toEqual(['open webrtc'])
    const [late] = step(state, tick, FIRST_SUB_FRAME_LIMIT_MS)
    expect(late).toMatchObject({ source: 'sub', down: { kind: 'late_sub' }, phase: { transport: 'hls' } })
  })

  it('shows the sub stream in a large tile where no way to the main one gives a picture', () => {
    const none = play([begin, [500, frame]], { ...BOTH, offered: [] })
    expect(none.state).toMatchObject({ source: 'sub', phase: { name: 'live' } })
    const reason = { kind: 'refused', code: 'h265', detail: '' } as const
    const h265: [number, PlayerEvent][] = [
      begin,
      failed(300, reason),
      [600, { type: 'failed', transport: 'hls', reason }],
    ]
    const { state, effects } = play(h265, BOTH)
    expect(effects).toEqual(['open webrtc', 'close', 'open hls', 'close', 'open webrtc'])
    expect(state.source).toBe('sub')
  })

  it('is offline with its camera, and asks no second stream of it', () => {
    const gone = { kind: 'camera', code: 'camera_offline', detail: '' } as const
    const { state } = play([begin, failed(300, gone)], BOTH)
    expect(state.phase).toMatchObject({ name: 'offline', reason: gone })
  })

  it('shows a sub stream that its owner has just added', () => {
    const { state } = play([small, begin, [500, frame]])
    expect(state.source).toBe('main')
    expect(step(state, { type: 'camera', camera: BOTH }, 900)[1].map(word)).toEqual(['switch'])
  })

  it('shows a sub stream that became known while the main one was being opened', () => {
    const connecting: CameraFacts = { ...LIVE, state: 'connecting' }
    const { state, effects } = play(
      [small, begin, [300, { type: 'camera', camera: BOTH }], [600, frame], [700, tick]],
      connecting,
    )
    expect(effects).toEqual(['open webrtc', 'switch'])
    expect(state).toMatchObject({ source: 'main', phase: { name: 'live' } })
  })

  it('looks for the sub stream by WebRTC while the main one plays by HLS', () => {
    const down = { kind: 'refused', code: 'media_server_down', detail: '' } as const
    const events: [number, PlayerEvent][] = [small, begin, failed(100, down), [600, frame]]
    const { state } = play(events)
    expect(state).toMatchObject({ source: 'main', phase: { transport: 'hls' } })
    const [known] = step(state, { type: 'camera', camera: BOTH }, 700)
    expect(probedSource(known)).toBe('sub')
    expect(step(known, { type: 'probe_ok' }, 31_000)[0]).toMatchObject({
      source: 'sub',
      phase: { transport: 'webrtc' },
    })
  })
})
