/** What is measured of the open session: how old its picture is, how many come, how much gets lost. */

import { shownAfterMs } from './frames'
import type { Transport } from './player-state'
import { frameRate, lossPercent, type WhepSession, type WhepStats } from './whep'

const SAMPLES_KEPT_MS = 5 * 60_000

export interface LatencySample {
  atMs: number
  latencyMs: number
  transport: Transport
}

/** Null: not known. */
export interface Shown {
  latencyMs: number | null
  framesPerSecond: number | null
  codec: string
}

export interface Measured extends Shown {
  /** Since the last measurement of the same session; null at the first. */
  lossPercent: number | null
}

/** Compares what a WebRTC session counts with what it had counted before. */
export class WhepMeter {
  private session: WhepSession | null = null
  private counted: WhepStats | null = null

  /** Null where the session counts nothing. */
  async measure(session: WhepSession, video: HTMLVideoElement | null): Promise<Measured | null> {
    const stats = await session.stats()
    if (!stats) return null
    const before = session === this.session ? this.counted : null
    this.session = session
    this.counted = stats
    const shownMs = (await shownAfterMs(video)) ?? stats.bufferedMs
    return {
      latencyMs: shownMs === null ? null : stats.travelMs + shownMs,
      framesPerSecond: before && frameRate(before, stats),
      codec: stats.codec,
      lossPercent: before && lossPercent(before, stats),
    }
  }
}

/** A copy without those that are too old. */
export function keepSamples(samples: readonly LatencySample[], nowMs: number): LatencySample[] {
  return samples.filter(({ atMs }) => nowMs - atMs < SAMPLES_KEPT_MS)
}
