/** What the camera tiles of this page measure about their streams; the overview's lane shows it. */

import { useSyncExternalStore } from 'react'
import { everySecond, serverNow } from './live/clock'
import { Listeners } from './listeners'

interface VideoReport {
  transport: 'webrtc' | 'llhls' | 'hls' | 'dash'
  /** Glass to glass as far as it can be measured; null: not measured. */
  latencyMs: number | null
  state: 'live' | 'down' | 'off'
  /** Why it was stepped down, in words. */
  reason?: string
}

/** A stretch of the last minute in which video came in this way. */
interface VideoSpan {
  fromMs: number
  toMs: number
  state: 'live' | 'down'
}

const SPANS_KEPT_MS = 65_000

const reports = new Map<string, VideoReport>()
const listeners = new Listeners()
let spans: VideoSpan[] = []
let view: { reports: ReadonlyMap<string, VideoReport>; spans: readonly VideoSpan[] } = { reports, spans }
let stopSampling: (() => void) | undefined

/** Whether a picture still comes: WebRTC goes on without the server's page, so offline it need not have stopped. */
export function isMoving(seen: ReadonlyMap<string, VideoReport>): boolean {
  return [...seen.values()].some(({ state }) => state !== 'off')
}

/** A tile says how its stream is doing; null when the tile goes away. */
export function reportVideo(cameraId: string, report: VideoReport | null): void {
  if (report) reports.set(cameraId, report)
  else reports.delete(cameraId)
  if (reports.size > 0) stopSampling ??= everySecond(sample)
  else {
    stopSampling?.()
    stopSampling = undefined
  }
  publish()
}

function sample(): void {
  const now = serverNow()
  const states = [...reports.values()].map((report) => report.state)
  const state = states.includes('down') ? 'down' : states.includes('live') ? 'live' : null
  spans = spans.filter((span) => span.toMs > now - SPANS_KEPT_MS)
  if (state === null) return
  const last = spans.at(-1)
  // Two seconds of grace: a timer may come late.
  if (last?.state === state && now - last.toMs < 2500) spans = [...spans.slice(0, -1), { ...last, toMs: now }]
  else spans = [...spans, { fromMs: now - 1000, toMs: now, state }]
  publish()
}

function publish(): void {
  view = { reports: new Map(reports), spans }
  listeners.notify()
}

export function useVideo(): typeof view {
  return useSyncExternalStore(listeners.subscribe, () => view)
}
