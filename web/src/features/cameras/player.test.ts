import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type { FileOptions, FileSession } from './file-session'
import { LINGER_MS, Player } from './player'
import { NO_CAMERA } from './player-state'
import { WhepRefused, type WhepSession, type WhepStats } from './whep'

/** A <video> whose frames the test counts out. */
class FakeVideo {
  frames = 0
  currentTime = 0
  srcObject: unknown = null
  getVideoPlaybackQuality = () => ({ totalVideoFrames: this.frames })
  play = () => Promise.resolve()
}

const STATS: WhepStats = {
  framesReceived: 0,
  packetsReceived: 0,
  packetsLost: 0,
  travelMs: 5,
  bufferedMs: 90,
  codec: 'H264',
  framesDecoded: 0,
  atMs: 0,
}

function setUp() {
  const video = new FakeVideo()
  const whep = {
    stopped: 0,
    opened: 0,
    urls: [] as string[],
    sounds: [] as boolean[],
    stats: { ...STATS },
    refuse: null as Error | null,
    fail: (() => undefined) as () => void,
  }
  const hls = { stopped: 0, opened: 0, fatal: (() => undefined) as FileOptions['onFatal'] }
  const player = new Player({
    urlOf: (transport, source) => `/media/gate/${source}/${transport}`,
    askCamera: () => undefined,
    connect: (url, options) => {
      whep.opened++
      whep.urls.push(url)
      whep.sounds.push(options.withSound ?? false)
      whep.fail = options.onFailed
      if (whep.refuse) return Promise.reject(whep.refuse)
      const openedMs = Date.now()
      const session: WhepSession = {
        withSound: options.withSound ?? false,
        stream: (whep.opened > 1 ? `stream ${whep.opened}` : 'stream') as unknown as MediaStream,
        stats: () => {
          const atMs = Date.now()
          // 75 at once from the last key frame on, then 25 a second.
          return Promise.resolve({ ...whep.stats, atMs, framesDecoded: 75 + (atMs - openedMs) / 40 })
        },
        stop: () => (whep.stopped += 1),
      }
      return Promise.resolve(session)
    },
    openHls: (_video, _url, options) => {
      hls.opened++
      hls.fatal = options.onFatal
      const session: FileSession = { latencyMs: () => 1_900, stop: () => (hls.stopped += 1) }
      return Promise.resolve(session)
    },
  })
  player.setCamera({ ...NO_CAMERA, state: 'live', offered: ['webrtc', 'hls'] })
  player.attach(video as unknown as HTMLVideoElement)
  const phase = () => player.snapshot().state.phase
  /** Lets time pass with the picture moving or standing. */
  const pass = async (ms: number, moving: boolean) => {
    for (let waited = 0; waited < ms; waited += 250) {
      if (moving) video.frames += 6
      await vi.advanceTimersByTimeAsync(250)
    }
  }
  return { video, whep, hls, player, phase, pass }
}

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

describe('the player on a <video>', () => {
  it('plays WebRTC and measures its latency', async () => {
    const { player, phase, pass, video } = setUp()
    player.play()
    await pass(3_000, true)
    expect(phase()).toMatchObject({ name: 'live', transport: 'webrtc' })
    expect(video.srcObject).toBe('stream')
    expect(player.snapshot()).toMatchObject({ latencyMs: 95, codec: 'H264', framesPerSecond: 25 })
    player.pause()
  })

  it('fetches sound only while it is heard, beside the picture that stays meanwhile', async () => {
    const { player, pass, whep, video } = setUp()
    player.play()
    await pass(1_000, true)
    player.hear(true)
    await pass(500, true)
    expect([whep.sounds, video.srcObject, whep.stopped]).toEqual([[false, true], 'stream', 0])
    whep.stats.framesReceived = 3
    await pass(500, true)
    expect([video.srcObject, whep.stopped]).toEqual(['stream 2', 1])
    player.hear(false)
    await pass(500, true)
    expect([whep.sounds, video.srcObject, whep.stopped]).toEqual([[false, true, false], 'stream 3', 2])
    player.pause()
  })

  it('keeps the picture that is there where the stream with sound does not come, and does not ask again and again', async () => {
    const { player, pass, whep, video, phase } = setUp()
    player.play()
    await pass(1_000, true)
    whep.refuse = new WhepRefused(503, 'busy', 'Too many viewers.')
    player.hear(true)
    await pass(3_000, true)
    expect([whep.opened, video.srcObject, whep.stopped]).toEqual([2, 'stream', 0])
    expect(phase()).toMatchObject({ name: 'live', transport: 'webrtc' })
    player.pause()
  })

  it('opens with sound where it is heard already', async () => {
    const { player, pass, whep } = setUp()
    player.hear(true)
    player.play()
    await pass(1_000, true)
    expect(whep.sounds).toEqual([true])
    player.pause()
  })

  it.each([600_000, -600_000])(
    'waits its 3 s when the page sets its clock by %i ms meanwhile',
    async (byMs) => {
      const { player, phase, pass, hls } = setUp()
      player.play()
      await pass(1_000, false)
      vi.setSystemTime(Date.now() + byMs)
      await pass(1_500, false)
      expect(hls.opened).toBe(0)
      await pass(1_000, false)
      expect(phase()).toMatchObject({ name: 'connecting', transport: 'hls' })
      player.pause()
    },
  )

  it('takes HLS after 3 s without a picture and closes the WebRTC session', async () => {
    const { player, phase, pass, whep, hls, video } = setUp()
    player.play()
    await pass(3_500, false)
    expect([whep.stopped, hls.opened]).toEqual([1, 1])
    expect(video.srcObject).toBeNull()
    await pass(2_500, true)
    expect(phase()).toMatchObject({ name: 'live', transport: 'hls' })
    expect(player.snapshot().state.down).toEqual({ kind: 'no_frame' })
    expect(player.snapshot().latencyMs).toBe(1_900)
    player.pause()
  })

  it('goes back to WebRTC without a break when the probe brings frames', async () => {
    const { player, phase, pass, whep, hls } = setUp()
    whep.refuse = new WhepRefused(503, 'busy', 'Too many viewers.')
    player.play()
    await pass(2_000, true)
    expect(player.snapshot().state.down).toEqual({
      kind: 'refused',
      code: 'busy',
      detail: 'Too many viewers.',
      passing: true,
    })
    whep.refuse = null
    whep.stats.framesReceived = 3
    expect(hls.stopped).toBe(0)
    await pass(31_000, true)
    expect(phase()).toMatchObject({ name: 'live', transport: 'webrtc' })
    expect([whep.opened, hls.stopped]).toEqual([2, 1])
    player.pause()
  })

  it('keeps HLS running when the probe brings nothing', async () => {
    const { player, phase, pass, whep, hls } = setUp()
    whep.refuse = new WhepRefused(409, 'b_frames', '')
    player.play()
    await pass(2_000, true)
    whep.refuse = null
    await pass(36_000, true)
    expect(phase()).toMatchObject({ name: 'live', transport: 'hls' })
    expect([whep.opened, whep.stopped, hls.stopped]).toEqual([2, 1, 0])
    player.pause()
  })

  it('shows a standing picture as frozen since its last frame', async () => {
    const { player, phase, pass } = setUp()
    player.play()
    await pass(2_000, true)
    const lastMs = Date.now()
    await pass(2_000, false)
    expect(phase()).toMatchObject({ name: 'frozen', transport: 'webrtc' })
    expect((phase() as { sinceMs: number }).sinceMs).toBeLessThanOrEqual(lastMs)
    player.pause()
  })

  it('lets everything go when paused, and a late answer too', async () => {
    const { player, phase, whep, video } = setUp()
    player.play()
    player.pause()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(phase()).toEqual({ name: 'paused' })
    expect(whep.stopped).toBe(1)
    expect(video.srcObject).toBeNull()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('stops asking when the right to view is gone', async () => {
    const { player, phase, pass, whep } = setUp()
    whep.refuse = new WhepRefused(403, 'forbidden', '')
    player.play()
    await pass(40_000, false)
    expect(phase()).toEqual({ name: 'denied' })
    expect(whep.opened).toBe(1)
    player.pause()
  })

  it('goes offline with a retry when both fail, and plays when the server is back', async () => {
    const { player, phase, pass, whep, hls } = setUp()
    whep.refuse = new WhepRefused(0, 'unreachable', '')
    player.play()
    await vi.advanceTimersByTimeAsync(10)
    hls.fatal({ status: 0 })
    expect(phase()).toMatchObject({ name: 'offline', reason: { kind: 'unreachable' } })
    whep.refuse = null
    await pass(2_000, true)
    expect(phase()).toMatchObject({ name: 'live', transport: 'webrtc' })
    player.pause()
  })

  it('opens the main stream beside the sub stream and shows it when it has a picture', async () => {
    const { player, pass, whep, video } = setUp()
    player.setCamera({ ...NO_CAMERA, state: 'live', offered: ['webrtc', 'hls'], sub: ['webrtc', 'hls'] })
    player.want('sub')
    player.play()
    await pass(1_000, true)
    player.want('main')
    await pass(1_000, true)
    expect(whep.urls).toEqual(['/media/gate/sub/webrtc', '/media/gate/main/webrtc'])
    expect([video.srcObject, whep.stopped]).toEqual(['stream', 0])
    whep.stats.framesReceived = 1
    await pass(500, true)
    expect([video.srcObject, whep.stopped]).toEqual(['stream 2', 1])
    expect(player.snapshot().state).toMatchObject({ source: 'main', phase: { name: 'live' } })
    player.pause()
    expect(whep.stopped).toBe(2)
  })

  it('leaves a stream that was opened beside as soon as its connection fails', async () => {
    const { player, pass, whep, phase } = setUp()
    player.setCamera({ ...NO_CAMERA, state: 'live', offered: ['webrtc', 'hls'], sub: ['webrtc', 'hls'] })
    player.want('sub')
    player.play()
    await pass(1_000, true)
    whep.stats.framesReceived = 1
    player.want('main')
    whep.fail()
    expect(phase()).toMatchObject({ name: 'live', transport: 'webrtc' })
    await pass(500, true)
    whep.fail()
    expect(phase()).toMatchObject({ name: 'connecting', transport: 'hls' })
    expect(player.snapshot().state.down).toEqual({ kind: 'blocked' })
    player.pause()
  })

  it('keeps the sub stream where the main one brings no picture', async () => {
    const { player, pass, whep, video } = setUp()
    player.setCamera({ ...NO_CAMERA, state: 'live', offered: ['webrtc', 'hls'], sub: ['webrtc', 'hls'] })
    player.want('sub')
    player.play()
    await pass(1_000, true)
    player.want('main')
    await pass(10_000, true)
    expect([video.srcObject, whep.opened, whep.stopped]).toEqual(['stream', 2, 1])
    player.pause()
  })

  it('moves its connection to the tile of another page, and ends it when no tile comes', async () => {
    const { player, pass, whep, phase } = setUp()
    player.play()
    await pass(1_000, true)
    const other = new FakeVideo()
    player.attach(null)
    player.attach(other as unknown as HTMLVideoElement)
    player.rest()
    player.play()
    await vi.advanceTimersByTimeAsync(2 * LINGER_MS)
    expect([other.srcObject, whep.opened, whep.stopped]).toEqual(['stream', 1, 0])
    player.attach(null)
    await vi.advanceTimersByTimeAsync(LINGER_MS)
    expect([phase().name, whep.stopped]).toEqual(['paused', 1])
  })
})
