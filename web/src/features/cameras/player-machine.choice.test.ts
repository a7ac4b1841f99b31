import { describe, expect, it } from 'vitest'

import { frame, LIVE, play, start, tick } from '@/testing/player'

import { step, SWITCH_AGAIN_MS } from './player-machine'
import { ALL_TRANSPORTS, type CameraFacts, type PlayerEvent, type Transport } from './player-state'

const ALL: CameraFacts = { ...LIVE, offered: ALL_TRANSPORTS }
const BOTH: CameraFacts = { ...LIVE, sub: ['webrtc', 'hls'] }
const choose = (transport: Transport | null): PlayerEvent => ({ type: 'choose', transport })
const want = (source: 'main' | 'sub'): PlayerEvent => ({ type: 'want', source })
const blocked: PlayerEvent = { type: 'failed', transport: 'webrtc', reason: { kind: 'blocked' } }

describe('a choice of transport', () => {
  it('closes the one that plays before it opens another, without a reason to show', () => {
    const { state, effects } = play([start, [100, frame], [200, choose('hls')]], ALL)
    expect(effects).toEqual(['open webrtc', 'close', 'open hls'])
    expect(state).toMatchObject({ chosen: 'hls', down: null, switchAtMs: null })
    expect(state.changes.at(-1)).toEqual({ atMs: 200, transport: 'hls', reason: null })
  })

  it('changes nothing where that transport plays already, or is chosen twice', () => {
    const { state } = play([start, [100, frame]], ALL)
    const [chosen, effects] = step(state, choose('webrtc'), 200)
    expect(effects).toEqual([])
    expect(chosen).toEqual({ ...state, chosen: 'webrtc' })
    expect(step(chosen, choose('webrtc'), 300)).toEqual([chosen, []])
  })

  it('is kept for later where nothing is open, or nothing is offered', () => {
    const closed = play([start, [100, frame], [150, { type: 'pause' }]], ALL).state
    expect(step(closed, choose('hls'), 200)).toEqual([{ ...closed, chosen: 'hls' }, []])
    expect(play([[150, choose('hls')], start], ALL).effects).toEqual(['open hls'])
    const bare = { ...play([start], ALL).state, camera: { ...ALL, offered: [], sub: [] } }
    expect(step(bare, choose('hls'), 200)).toEqual([{ ...bare, chosen: 'hls' }, []])
  })

  it('forgets why a better one had been left, and a change of stream that was to come', () => {
    const { state } = play([start, [100, blocked], [200, frame]], ALL)
    expect(state.down).toEqual({ kind: 'blocked' })
    const [chosen] = step({ ...state, switchAtMs: 500 }, choose('dash'), 300)
    expect(chosen).toMatchObject({ down: null, switchAtMs: null, phase: { transport: 'dash', sinceMs: 300 } })
  })

  it('opens the stream that is wanted, also where the same transport plays the other one', () => {
    const { state } = play([[0, want('sub')], start, [500, frame], [600, want('main')]], BOTH)
    expect(state).toMatchObject({ source: 'sub', phase: { name: 'live', transport: 'webrtc' } })
    const [chosen, effects] = step(state, choose('webrtc'), 700)
    expect(effects).toEqual([{ do: 'close' }, { do: 'open', transport: 'webrtc' }])
    expect(chosen).toMatchObject({ source: 'main', phase: { name: 'connecting' } })
  })
})

describe('another size of a tile', () => {
  it('asks for nothing where that stream plays or is wanted already', () => {
    const { state } = play([start, [500, frame]], BOTH)
    expect(step(state, want('main'), 600)).toEqual([state, []])
    const alone = play([start, [500, frame]], LIVE).state
    expect(step(alone, want('sub'), 600)).toEqual([{ ...alone, wants: 'sub' }, []])
  })

  it('opens the other stream in its place while nothing is shown yet', () => {
    const { state, effects } = play([start, [500, want('sub')]], BOTH)
    expect(effects).toEqual(['open webrtc', 'close', 'open webrtc'])
    expect(state).toMatchObject({
      source: 'sub',
      switchAtMs: null,
      phase: { name: 'connecting', sinceMs: 500 },
    })
    expect(state.changes.at(-1)).toEqual({ atMs: 500, transport: 'webrtc', reason: null })
  })

  it('opens it in its place where HLS plays, or is all that the other one has', () => {
    const hls: CameraFacts = { ...LIVE, offered: ['hls'], sub: ['webrtc', 'hls'] }
    const fromHls = play([start, [500, frame], [600, want('sub')]], hls)
    expect(fromHls.effects.slice(-2)).toEqual(['close', 'open webrtc'])
    const toHls: CameraFacts = { ...LIVE, sub: ['hls'] }
    const { state, effects } = play([start, [500, frame], [600, want('sub')]], toHls)
    expect(effects.slice(-2)).toEqual(['close', 'open hls'])
    expect(state).toMatchObject({ source: 'sub', switchAtMs: null })
  })

  it('opens it beside a live WebRTC, and asks again after a minute', () => {
    const { state, effects } = play([start, [500, frame], [600, want('sub')]], BOTH)
    expect(effects).toEqual(['open webrtc', 'switch'])
    expect(state.switchAtMs).toBe(600 + SWITCH_AGAIN_MS)
    const again = { ...state, lastFrameMs: 600 + SWITCH_AGAIN_MS }
    const [later] = step(again, tick, 600 + SWITCH_AGAIN_MS)
    expect(later.switchAtMs).toBe(600 + 2 * SWITCH_AGAIN_MS)
  })

  it('does not ask again for a stream that is not to be had by WebRTC any more', () => {
    const { state } = play([start, [500, frame], [600, want('sub')]], BOTH)
    const gone = { ...state, camera: { ...BOTH, sub: [] }, lastFrameMs: 600 + SWITCH_AGAIN_MS }
    expect(step(gone, tick, 600 + SWITCH_AGAIN_MS)).toEqual([{ ...gone, switchAtMs: null }, []])
  })

  it('takes the picture of the stream that is wanted, and forgets what was told of the other one', () => {
    const { state } = play([start, [500, frame], [600, want('sub')]], BOTH)
    const [taken, effects] = step({ ...state, lossSamples: 3 }, { type: 'switch_ok' }, 900)
    expect(effects).toEqual([{ do: 'adopt' }])
    expect(taken).toEqual({
      ...state,
      source: 'sub',
      switchAtMs: null,
      phase: { name: 'live', transport: 'webrtc', sinceMs: 900 },
      lastFrameMs: 900,
      lossSamples: 0,
      down: null,
    })
    const closed = play([start, [500, frame], [600, want('sub')], [700, { type: 'pause' }]], BOTH).state
    expect(step(closed, { type: 'switch_ok' }, 900)).toEqual([closed, []])
  })

  it('waits for nothing while the tile is closed', () => {
    const closed = play([start, [500, frame], [600, { type: 'pause' }]], BOTH).state
    const [small, effects] = step(closed, want('sub'), 700)
    expect([small, effects]).toEqual([{ ...closed, wants: 'sub', switchAtMs: null }, []])
    expect(
      play([start, [500, frame], [600, { type: 'pause' }], [700, want('sub')], [800, start[1]]], BOTH).state
        .source,
    ).toBe('sub')
  })
})
