/** The server's clock as this page knows it, and the page's one timer. */

import { useSyncExternalStore } from 'react'

/** How many of the last answers compete for the best estimate. */
const SAMPLES = 8

interface Sample {
  offsetMs: number
  roundTripMs: number
}

let samples: Sample[] = []
let offsetMs = 0

/**
 * Learns from the header `Server-Time-Ms` of an answer. Of the last few answers the one with the shortest round trip
 * counts: half of it bounds the error.
 */
export function observeServerTime(serverMs: number, sentAtMs: number, receivedAtMs: number): void {
  if (!Number.isFinite(serverMs) || serverMs <= 0) return
  const roundTripMs = Math.max(0, receivedAtMs - sentAtMs)
  samples = [...samples, { offsetMs: serverMs - (sentAtMs + receivedAtMs) / 2, roundTripMs }].slice(-SAMPLES)
  offsetMs = samples.reduce((best, sample) =>
    sample.roundTripMs <= best.roundTripMs ? sample : best,
  ).offsetMs
}

export function serverNow(): number {
  return Date.now() + offsetMs
}

/** For tests: forget what was learnt. */
export function forgetServerTime(): void {
  samples = []
  offsetMs = 0
  second = serverNow()
}

let second = serverNow()
let timer: ReturnType<typeof setInterval> | undefined
const listeners = new Set<() => void>()

function tick(): void {
  second = serverNow()
  for (const listener of [...listeners]) listener()
}

/** Calls back once a second while anybody listens; one timer for the whole page. */
export function everySecond(listener: () => void): () => void {
  if (timer === undefined) {
    second = serverNow()
    timer = setInterval(tick, 1000)
  }
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) {
      clearInterval(timer)
      timer = undefined
    }
  }
}

/** The server's now as of the last tick of the page's timer. */
export function nowBySecond(): number {
  return second
}

/** The server's now in ms, renewed each second; ages on the page count with it, also offline. */
export function useNow(): number {
  return useSyncExternalStore(everySecond, nowBySecond)
}
