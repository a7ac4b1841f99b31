import { describe, expect, it } from 'vitest'

import { frame, LIVE, play, start, tick } from '@/testing/player'
import { STALL_LIMIT_MS } from './player-machine'
import { ALL_TRANSPORTS, FIRST_CLIMB_MS, type CameraFacts, type PlayerEvent } from './player-state'
import { waysOf } from './player-ways'

const ALL: CameraFacts = { ...LIVE, offered: ALL_TRANSPORTS }
const failed = (transport: 'webrtc' | 'llhls' | 'hls' | 'dash'): PlayerEvent => ({
  type: 'failed',
  transport,
  reason: { kind: 'unreachable' },
})
/** On plain HLS, because WebRTC is blocked and low latency stalled. */
const FALLEN: [number, PlayerEvent][] = [
  [0, start[1]],
  [100, failed('webrtc')],
  [200, frame],
  [200 + 1_500, tick],
  [200 + 1_500 + STALL_LIMIT_MS.llhls, tick],
  [7_000, frame],
]

describe('the ladder', () => {
  it('goes from WebRTC to HLS of low latency, from there to plain HLS, and says why', () => {
    const { state } = play(FALLEN, ALL)
    expect(state.phase).toMatchObject({ name: 'live', transport: 'hls' })
    expect(state.changes.map(({ transport, reason }) => [transport, reason?.kind])).toEqual([
      ['webrtc', undefined],
      ['llhls', 'unreachable'],
      ['hls', 'stalled'],
    ])
    expect(state.down).toEqual({ kind: 'stalled' })
  })

  it('climbs from plain HLS to low latency by itself, ever more seldom where that stalls again', () => {
    const once = play(FALLEN, ALL).state
    const climbAtMs = once.climbAtMs ?? 0
    expect(climbAtMs - 7_000).toBe(2 * FIRST_CLIMB_MS)
    const before: [number, PlayerEvent][] = [
      ...FALLEN,
      [40_000, frame],
      [40_000, tick],
      [climbAtMs - 1, frame],
    ]
    const climbing = play([...before, [climbAtMs, tick], [climbAtMs, tick]], ALL)
    expect(climbing.state.phase).toMatchObject({ name: 'connecting', transport: 'llhls' })
    expect(climbing.state.changes.at(-1)).toMatchObject({ transport: 'llhls', reason: null })
    const again = play(
      [
        ...before,
        [climbAtMs, tick],
        [climbAtMs, tick],
        [climbAtMs + 100, failed('llhls')],
        [climbAtMs + 200, frame],
      ],
      ALL,
    ).state
    expect((again.climbAtMs ?? 0) - climbAtMs - 200).toBe(4 * FIRST_CLIMB_MS)
  })

  it('says how long it waited for a first picture', () => {
    const { state } = play([start, [100, failed('webrtc')], [8_100, tick]], ALL)
    expect(state.down).toEqual({ kind: 'late', seconds: 8 })
  })

  it('keeps small tiles from low latency, and brings a large one to it at once', () => {
    const small: [number, PlayerEvent][] = [
      [0, { type: 'want', source: 'sub' }],
      [0, start[1]],
      [100, failed('webrtc')],
      [200, frame],
    ]
    expect(play(small, ALL).state.phase).toMatchObject({ transport: 'hls' })
    expect(play(small, { ...ALL, multiplexed: true }).state.phase).toMatchObject({ transport: 'llhls' })
    const large = play([...small, [300, { type: 'want', source: 'main' }], [400, tick]], ALL)
    expect(large.state.phase).toMatchObject({ name: 'connecting', transport: 'llhls' })
  })
})

describe('a transport that somebody chose', () => {
  const choose = (transport: 'dash' | 'hls' | null): PlayerEvent => ({ type: 'choose', transport })

  it('is opened in the place of the one that plays, and WebRTC is not probed meanwhile', () => {
    const { state } = play([start, [100, frame], [200, choose('dash')], [900, frame]], ALL)
    expect(state).toMatchObject({ phase: { name: 'live', transport: 'dash' }, down: null, probeAtMs: null })
  })

  it('is left by the ladder where it does not come, and for the best where that is chosen', () => {
    const fallen = play([start, [100, frame], [200, choose('dash')], [300, failed('dash')]], ALL)
    expect(fallen.state.phase).toMatchObject({ name: 'connecting', transport: 'webrtc' })
    const back = play([start, [100, frame], [200, choose('dash')], [900, frame], [1_000, choose(null)]], ALL)
    expect(back.state.phase).toMatchObject({ name: 'connecting', transport: 'webrtc' })
  })

  it('is never DASH by itself', () => {
    const { state } = play([start], ALL)
    expect(waysOf(state).map(({ transport }) => transport)).toEqual(['webrtc', 'llhls', 'hls'])
  })
})
