import { beforeEach, describe, expect, it, vi } from 'vitest'

import type { Camera } from '@/lib/api/types'
import { activateLanguage } from '@/lib/i18n'
import { aCamera } from '@/testing/factories'

import { factsOf, hasSound, urlOf } from './facts'
import { step } from './player-machine'
import { initialState, type Transport } from './player-state'
import { canShow, isMultiplexed } from './support'
import { noteWords } from './words'

const STREAMS: Camera['streams'] = [
  { kind: 'webrtc', url: '/media/gate/whep', note: '', source: 'main', has_sound: true },
  { kind: 'hls', url: '/media/gate/hls/index.m3u8', note: '', source: 'main', has_sound: false },
]
const SOME = "Some browsers cannot show this camera's H.265. Set its substream to H.264 for them."
const H265 = aCamera({ codec: 'H265', streams: STREAMS, notes: [SOME] })

const showing = (...transports: Transport[]) => {
  return (codec: string, transport: Transport) => codec !== 'H265' || transports.includes(transport)
}

beforeEach(() => activateLanguage('en'))

describe('a camera of H.265', () => {
  it('is watched by whatever this browser can show', () => {
    expect(factsOf(H265, showing('webrtc', 'hls')).offered).toEqual(['webrtc', 'hls'])
    expect(factsOf(H265, showing('webrtc', 'hls')).notes).toEqual([SOME])
    expect(factsOf(H265, showing('hls'))).toMatchObject({
      offered: ['hls'],
      notes: [expect.stringContaining('this browser cannot show'), SOME],
    })
  })

  it('is said to need its substream where this browser can show nothing of it', async () => {
    await activateLanguage('vi')
    const [{ phase }] = step(initialState(factsOf(H265, showing())), { type: 'play' }, 0)
    expect(phase).toMatchObject({ name: 'unplayable' })
    const detail = phase.name === 'unplayable' ? phase.detail : ''
    expect(noteWords(detail)).toContain('trình duyệt này không xem được. Hãy xem luồng phụ')
    expect(noteWords(SOME)).toContain('Một số trình duyệt')
  })

  it('is shown by its substream where that one is H.264', () => {
    const sub: Camera['streams'] = [
      ...STREAMS,
      { kind: 'webrtc', url: '/media/gate/sub/whep', note: '', source: 'sub', has_sound: false },
    ]
    const seen = {
      state: 'idle',
      state_code: '',
      state_reason: '',
      codec: 'H264',
      width: 640,
      height: 360,
    } as const
    const camera = aCamera({ codec: 'H265', streams: sub, sub: seen })
    const facts = factsOf(camera, showing())
    expect(facts).toMatchObject({ offered: [], sub: ['webrtc'] })
    const [{ phase, source }] = step(initialState(facts), { type: 'play' }, 0)
    expect([phase.name, source]).toEqual(['connecting', 'sub'])
    expect(urlOf(camera, 'webrtc', 'sub')).toBe('/media/gate/sub/whep')
    expect(urlOf(camera, 'webrtc', 'main')).toBe('/media/gate/whep')
    expect(factsOf({ ...camera, sub: { ...seen, codec: 'H265' } }, showing()).sub).toEqual([])
  })

  it('is never in the way of H.264', () => {
    expect(canShow('H264', 'webrtc')).toBe(true)
    expect(canShow('', 'hls')).toBe(true)
    expect(factsOf(aCamera({ codec: 'H264', streams: STREAMS }), showing()).offered).toEqual([
      'webrtc',
      'hls',
    ])
  })
})

it('has the sound of the stream that is played, by the transport that plays it', () => {
  const camera = aCamera({ streams: STREAMS })
  const playing = (transport: Transport, source: 'main' | 'sub' = 'main') => ({
    ...initialState(factsOf(camera)),
    source,
    phase: { name: 'live' as const, transport, sinceMs: 0 },
  })
  expect(hasSound(camera, playing('webrtc'))).toBe(true)
  expect(hasSound(camera, playing('hls'))).toBe(false)
  expect(hasSound(camera, playing('webrtc', 'sub'))).toBe(false)
  expect(hasSound(camera, { ...playing('webrtc'), phase: { name: 'paused' } })).toBe(false)
})

describe('requests to the server', () => {
  it.each([
    [['http/1.1', 'http/1.1'], false],
    [['', 'h2'], true],
    [['h3'], true],
    [[], false],
  ])('by %o share a connection: %s', (protocols, shared) => {
    const entries = protocols.map((nextHopProtocol) => ({ nextHopProtocol }) as PerformanceResourceTiming)
    vi.spyOn(performance, 'getEntriesByType').mockReturnValue(entries)
    expect(isMultiplexed()).toBe(shared)
    expect(factsOf(H265).multiplexed).toBe(shared)
  })
})
