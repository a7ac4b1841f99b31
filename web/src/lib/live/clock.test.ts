// @vitest-environment jsdom
import { act, renderHook } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  clockOffset,
  everySecond,
  forgetServerTime,
  nowBySecond,
  observeServerTime,
  restoreServerTime,
  serverNow,
  useNow,
} from './clock'

/** The server's clock is so far ahead of the browser's. */
const AHEAD_MS = 90_000

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 })
  forgetServerTime()
})

afterEach(() => vi.useRealTimers())

/** An answer that left the server `thereMs` after it was asked for and was here `backMs` later. */
function hear(thereMs: number, backMs: number): void {
  const sentAtMs = Date.now()
  vi.setSystemTime(sentAtMs + thereMs + backMs)
  observeServerTime(sentAtMs + thereMs + AHEAD_MS, sentAtMs, Date.now())
}

const error = () => serverNow() - Date.now() - AHEAD_MS

describe('the server’s clock', () => {
  it('is the browser’s until the server has told its own', () => {
    expect(serverNow()).toBe(Date.now())
  })

  it('is exact when the way back is as long as the way there, however long that is', () => {
    hear(2000, 2000)
    expect(error()).toBe(0)
  })

  it('errs by half the difference of both ways', () => {
    hear(300, 100)
    expect(error()).toBe(100)
  })

  it('believes the quickest of the last answers, the newest of equals', () => {
    hear(10, 0)
    expect(error()).toBe(5)
    hear(500, 0)
    expect(error()).toBe(5)
    hear(0, 10)
    expect(error()).toBe(-5)
  })

  it('forgets an answer when eight newer ones are there: clocks drift', () => {
    hear(4, 0)
    for (let answers = 0; answers < 7; answers++) hear(100, 0)
    expect(error()).toBe(2)
    hear(100, 0)
    expect(error()).toBe(50)
  })

  it.each([-3_600_000, 1101])(
    'is right with the first answer after the browser’s clock was set by %d ms',
    (byMs) => {
      hear(0, 0)
      vi.setSystemTime(Date.now() + byMs)
      observeServerTime(Date.now() + AHEAD_MS - byMs, Date.now() - 100, Date.now())
      expect(Math.abs(error() + byMs)).toBeLessThanOrEqual(50)
    },
  )

  it('keeps the quickest answer while a slow one does not contradict it', () => {
    hear(0, 0)
    hear(4000, 0)
    expect(error()).toBe(0)
  })

  it('learns nothing from an answer without the time, nor from one during which the clock was set back', () => {
    for (const nothing of [NaN, 0, -1, Infinity]) observeServerTime(nothing, Date.now(), Date.now())
    expect(serverNow()).toBe(Date.now())
    hear(10, 0)
    observeServerTime(Date.now() + AHEAD_MS, Date.now(), Date.now() - 3_600_000)
    expect(error()).toBe(5)
  })
})

describe('the page’s one timer', () => {
  it('tells everybody who listens the server’s second, and stops with the last of them', () => {
    hear(0, 0)
    const told: string[] = []
    const leaveA = everySecond(() => told.push('a'))
    const leaveB = everySecond(() => told.push('b'))
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(1000)
    expect(told).toEqual(['a', 'b'])
    expect(nowBySecond()).toBe(1_001_000 + AHEAD_MS)
    leaveA()
    vi.advanceTimersByTime(999)
    expect(nowBySecond()).toBe(1_001_000 + AHEAD_MS)
    vi.advanceTimersByTime(1)
    expect(told).toEqual(['a', 'b', 'b'])
    leaveB()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('begins with the present when somebody listens again after a rest', () => {
    everySecond(() => undefined)()
    vi.setSystemTime(2_000_000)
    const leave = everySecond(() => undefined)
    expect(nowBySecond()).toBe(2_000_000)
    vi.setSystemTime(2_000_500)
    const leaveToo = everySecond(() => undefined)
    expect(nowBySecond()).toBe(2_000_000)
    leave()
    leaveToo()
  })

  it('lets a listener leave while it is told', () => {
    const told: string[] = []
    const leaveA = everySecond(() => {
      told.push('a')
      leaveA()
    })
    const leaveB = everySecond(() => told.push('b'))
    vi.advanceTimersByTime(2000)
    expect(told).toEqual(['a', 'b', 'b'])
    leaveB()
  })

  it('renews what a component shows each second', () => {
    const { result, unmount } = renderHook(useNow)
    expect(result.current).toBe(1_000_000)
    act(() => {
      vi.advanceTimersByTime(1000)
    })
    expect(result.current).toBe(1_001_000)
    unmount()
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('what an earlier page has learnt of the clock', () => {
  it('counts until the server answers this page', () => {
    restoreServerTime(5_000, 900_000)
    expect(clockOffset()).toBe(5_000)
    expect(nowBySecond()).toBe(1_005_000)
    observeServerTime(1_002_000, 1_000_000, 1_000_000)
    restoreServerTime(5_000, 900_000)
    expect(clockOffset()).toBe(2_000)
    forgetServerTime()
    expect(clockOffset()).toBe(0)
    restoreServerTime(7_000, 900_000)
    expect(clockOffset()).toBe(7_000)
  })

  it('never makes now earlier than when it was learnt, where the clock has been set back since', () => {
    restoreServerTime(5_000, 1_060_000)
    expect(serverNow()).toBe(1_060_000)
  })
})
