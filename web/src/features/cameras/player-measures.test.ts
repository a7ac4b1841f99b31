import { describe, expect, it } from 'vitest'

import { keepSamples, WhepMeter } from './player-measures'
import type { WhepSession, WhepStats } from './whep'

/** A session that counts 25 pictures a second and loses each tenth packet. */
function countingSession(): WhepSession {
  let asked = 0
  const stats = (): Promise<WhepStats> => {
    const atMs = 2_000 * asked++
    return Promise.resolve({
      framesReceived: atMs / 40,
      framesDecoded: atMs / 40,
      packetsReceived: (9 * atMs) / 100,
      packetsLost: atMs / 100,
      travelMs: 5,
      bufferedMs: 90,
      codec: 'H264',
      atMs,
    })
  }
  return { stats } as unknown as WhepSession
}

describe('what is measured of a session', () => {
  it('is compared with its own last figures, never with those of another', async () => {
    const meter = new WhepMeter()
    const [main, sub] = [countingSession(), countingSession()]
    const first = { latencyMs: 95, codec: 'H264', framesPerSecond: null, lossPercent: null }
    expect(await meter.measure(main, null)).toEqual(first)
    expect(await meter.measure(main, null)).toEqual({ ...first, framesPerSecond: 25, lossPercent: 10 })
    expect(await meter.measure(sub, null)).toEqual(first)
    expect(await meter.measure(main, null)).toEqual(first)
  })

  it('is nothing where the session counts nothing', async () => {
    const closed = { stats: () => Promise.resolve(null) } as unknown as WhepSession
    expect(await new WhepMeter().measure(closed, null)).toBeNull()
  })

  it('is kept for five minutes', () => {
    const samples = [0, 1, 2].map((minute) => ({
      atMs: minute * 60_000,
      latencyMs: 80,
      transport: 'hls' as const,
    }))
    expect(keepSamples(samples, 6 * 60_000)).toEqual(samples.slice(2))
  })
})
