/** The server's clock as this page knows it, and the page's one timer. */

import { useCallback, useSyncExternalStore, type RefObject } from 'react'
import { Listeners } from '../listeners'
import { watchOnScreen } from '../onScreen'
import { pace } from './pace'

/** How many of the last answers compete for the best estimate. */
const SAMPLES = 8
/** Answers that contradict each other by more than this: the browser's clock has been set between them. */
const CLOCK_SET_MS = 1000

interface Sample {
  offsetMs: number
  roundTripMs: number
}

let samples: Sample[] = []
let offsetMs = 0

/**
 * Learns from the header `Server-Time-Ms` of an answer. Of the last few answers the one with the shortest round trip
 * counts: half of it bounds the error. Answers from before the browser's clock was set count no longer.
 */
export function observeServerTime(serverMs: number, sentAtMs: number, receivedAtMs: number): void {
  const roundTripMs = receivedAtMs - sentAtMs
  if (!Number.isFinite(serverMs) || serverMs <= 0 || roundTripMs < 0) return
  const heard = { offsetMs: serverMs - (sentAtMs + receivedAtMs) / 2, roundTripMs }
  samples = [...samples.filter((sample) => agree(sample, heard)), heard].slice(-SAMPLES)
  offsetMs = samples.reduce((best, sample) =>
    sample.roundTripMs <= best.roundTripMs ? sample : best,
  ).offsetMs
}

/** Whether one clock can have made both. */
function agree(one: Sample, other: Sample): boolean {
  const slackMs = (one.roundTripMs + other.roundTripMs) / 2 + CLOCK_SET_MS
  return Math.abs(one.offsetMs - other.offsetMs) <= slackMs
}

export function serverNow(): number {
  return Date.now() + offsetMs
}

/** How far the server's clock is ahead of the browser's. */
export function clockOffset(): number {
  return offsetMs
}

/**
 * Goes on with what an earlier page has learnt, until the server answers this one. It cannot be earlier than `atMs`, when it
 * was learnt: then the browser's clock has been set back since.
 */
export function restoreServerTime(keptOffsetMs: number, atMs: number): void {
  if (samples.length > 0) return
  offsetMs = Math.max(keptOffsetMs, atMs - Date.now())
  second = serverNow()
}

/** For tests: forget what was learnt. */
export function forgetServerTime(): void {
  samples = []
  offsetMs = 0
  second = serverNow()
}

let second = serverNow()
let timer: ReturnType<typeof setInterval> | undefined
const listeners = new Listeners()

function tick(): void {
  second = serverNow()
  listeners.notify()
}

/** Calls back once a second while anybody listens; one timer for the whole page. */
export function everySecond(listener: () => void): () => void {
  if (timer === undefined) {
    second = serverNow()
    timer = setInterval(tick, 1000)
  }
  const end = listeners.subscribe(listener)
  return () => {
    end()
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

/** For components: a tick reaches hundreds of cards, and is drawn in parts that leave the page usable. */
export const everySecondPaced = pace(everySecond, { behind: true })

/** The server's now in ms, renewed each second; ages on the page count with it, also offline. */
export function useNow(): number {
  return useSyncExternalStore(everySecondPaced, nowBySecond)
}

/** A text that depends on the server's now; draws again only when the text changes, as old ages seldom do. */
export function useTextOfNow(textOf: (now: number) => string): string {
  return useSyncExternalStore(everySecondPaced, () => textOf(second))
}

/** The same of an element which hundreds of cards have: not drawn while it is off the screen, and at once when it comes there. */
export function useTextOfNowOnScreen(
  element: RefObject<Element | null>,
  textOf: (now: number) => string,
): string {
  const subscribe = useCallback((listener: () => void) => everySecondOnScreen(element, listener), [element])
  return useSyncExternalStore(subscribe, () => textOf(second))
}

function everySecondOnScreen(element: RefObject<Element | null>, listener: () => void): () => void {
  let end: (() => void) | undefined
  const leave = watchOnScreen(element.current, (seen) => {
    end?.()
    end = seen ? everySecondPaced(listener) : undefined
    if (seen) listener()
  })
  return () => {
    leave()
    end?.()
  }
}
