import { describe, expect, it } from 'vitest'

import type { Point } from '@/components/chart/history'

import { extendTail } from './tail'

const MINUTE_MS = 60_000

describe('the tail of a history', () => {
  it('takes each polled reading once', () => {
    const once = extendTail([], [1000, 8], 0)
    expect(extendTail(once, [1000, 8], 0)).toBe(once)
    expect(extendTail(once, [2000, 9], 0)).toEqual([
      [1000, 8],
      [2000, 9],
    ])
  })

  it('does not grow while the page stays open and the history is read again', () => {
    let tail: readonly Point[] = []
    let most = 0
    for (let minute = 0; minute < 1000; minute++) {
      const now = minute * MINUTE_MS
      tail = extendTail(tail, [now, minute], now - 5 * MINUTE_MS)
      most = Math.max(most, tail.length)
    }
    expect(most).toBeLessThanOrEqual(11)
    expect(tail.at(-1)).toEqual([999 * MINUTE_MS, 999])
  })

  it('keeps what no answered history holds, however old', () => {
    const tail: Point[] = [[0, 1]]
    expect(extendTail(tail, [60 * MINUTE_MS, 2], -1)).toHaveLength(2)
  })
})
