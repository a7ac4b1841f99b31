import { describe, expect, it } from 'vitest'

import type { History } from '@/lib/api/types'
import { MINUTE, minutes, STALE, whole } from '@/testing/history'

import { middle, toColumns, withTail } from './history'

describe('chart columns', () => {
  it('break the line inside a gap and name its ends, instead of bridging it', () => {
    const values = [5, 5, 5, 5, null, null, null, null, 6, 6]
    const columns = toColumns(minutes(values), whole(10), STALE)
    expect(columns.gaps).toEqual([{ from: 4 * MINUTE, to: 8 * MINUTE }])
    expect(columns.avg).toEqual([5, 5, 5, 5, null, 6, 6])
    expect(columns.t[4]).toBeGreaterThan(4 * MINUTE)
    expect(columns.t[4]).toBeLessThan(8 * MINUTE)
  })

  it('do not break for a single late bucket', () => {
    expect(toColumns(minutes([5, 5, null, 5, 5]), whole(5), STALE).gaps).toEqual([])
  })

  it('keep minimum and maximum as the band', () => {
    const columns = toColumns(minutes([5, 7]), whole(2), STALE)
    expect(columns.min).toEqual([4, 6])
    expect(columns.max).toEqual([6, 8])
  })

  it('use the freshness budget for raw readings, however dense they are', () => {
    const raw: History = { tier: 'raw', t: [0, 1_000, 2_000, 40_000], v: [1, 2, 3, 4] }
    expect(toColumns(raw, { from: 0, to: 41_000 }, STALE).gaps).toEqual([{ from: 2_000, to: 40_000 }])
    expect(toColumns(raw, { from: 0, to: 41_000 }, 360_000).gaps).toEqual([])
  })

  it('tell the time before the first reading ever from a loss', () => {
    const history: History = { tier: 'raw', t: [500_000, 505_000], v: [1, 2] }
    const range = { from: 100_000, to: 506_000 }
    const lead = { from: 100_000, to: 500_000 }
    const began = toColumns(history, range, STALE, { firstMs: 500_000 })
    expect([began.before, began.gaps]).toEqual([lead, []])
    const lost = toColumns(history, range, STALE, { firstMs: 7 })
    expect([lost.before, lost.gaps]).toEqual([null, [lead]])
  })

  it('begin with the first reading, not with the bucket in which it lies', () => {
    const t = [4 * MINUTE, 5 * MINUTE]
    const history: History = { tier: '1m', t, min: [1, 1], max: [2, 2], avg: [1, 2], n: [3, 3] }
    const firstMs = 4 * MINUTE + 50_000
    const { before } = toColumns(history, { from: 0, to: 6 * MINUTE }, STALE, { firstMs })
    expect(before).toEqual({ from: 0, to: firstMs })
  })

  it('end where the data ended: a gap only if there is data behind it', () => {
    const rest = { from: 3 * MINUTE, to: 20 * MINUTE }
    const ended = toColumns(minutes([5, 5, 5]), whole(20), STALE, { lastMs: 3 * MINUTE })
    expect([ended.after, ended.gaps]).toEqual([rest, []])
    const lost = toColumns(minutes([5, 5, 5]), whole(20), STALE, { lastMs: 30 * MINUTE })
    expect([lost.after, lost.gaps]).toEqual([null, [rest]])
  })

  it('are a gap without readings only between data', () => {
    const nothing = (firstMs: number | null, lastMs: number | null) => {
      const range = { from: 10 * MINUTE, to: 20 * MINUTE }
      const { before, after, gaps } = toColumns({ tier: 'raw', t: [], v: [] }, range, STALE, {
        firstMs,
        lastMs,
      })
      return [before !== null, gaps.length, after !== null]
    }
    expect(nothing(null, null)).toEqual([true, 0, false])
    expect(nothing(30 * MINUTE, 40 * MINUTE)).toEqual([true, 0, false])
    expect(nothing(MINUTE, 40 * MINUTE)).toEqual([false, 1, false])
    expect(nothing(MINUTE, 2 * MINUTE)).toEqual([false, 0, true])
  })
})

describe('the live tail', () => {
  it('appends only readings that the history does not hold', () => {
    const raw: History = { tier: 'raw', t: [1_000, 2_000], v: [1, 2] }
    expect(
      withTail(
        raw,
        [
          [2_000, 9],
          [3_000, 3],
        ],
        2_000,
      ),
    ).toEqual({ tier: 'raw', t: [1_000, 2_000, 3_000], v: [1, 2, 3] })
  })

  it('grows the last bucket of a tier, then begins the next', () => {
    const tail = withTail(
      minutes([5, 5, 5], 3),
      [
        [2 * MINUTE + 50_000, 9],
        [3 * MINUTE + 1, 1],
      ],
      2 * MINUTE + 40_000,
    )
    expect(tail).toMatchObject({ t: [0, MINUTE, 2 * MINUTE, 3 * MINUTE], max: [6, 6, 9, 1], n: [3, 3, 4, 1] })
    expect((tail as { avg: number[] }).avg[2]).toBeCloseTo(6)
  })

  it('leaves the history as it is when nothing is new', () => {
    const history = minutes([5, 5])
    expect(withTail(history, [[10, 1]], 100_000)).toBe(history)
  })
})

describe('columns at their edges', () => {
  const raw = (...t: number[]): History => ({ tier: 'raw', t, v: t.map((_, i) => i) })
  const gapsOf = (history: History, range: { from: number; to: number }) =>
    toColumns(history, range, STALE).gaps

  it('break raw readings past three budgets, not at three budgets', () => {
    expect(gapsOf(raw(0, 1_000, 31_000), { from: 0, to: 31_000 })).toEqual([])
    expect(gapsOf(raw(0, 1_000, 31_001), { from: 0, to: 31_001 })).toEqual([{ from: 1_000, to: 31_001 }])
  })

  it('break slow readings only when three of them are missing', () => {
    const slow = raw(0, MINUTE, 2 * MINUTE, 5 * MINUTE)
    expect(gapsOf(slow, { from: 0, to: 5 * MINUTE })).toEqual([])
    const slower = raw(0, MINUTE, 2 * MINUTE, 5 * MINUTE + 1)
    expect(gapsOf(slower, { from: 0, to: 6 * MINUTE })).toHaveLength(1)
  })

  it('break a tier from the end of one bucket to the start of the next', () => {
    expect(gapsOf(minutes([5, 5, 5, null, null, 5, 5]), whole(7))).toEqual([])
    expect(gapsOf(minutes([5, 5, 5, null, null, null, 5, 5]), whole(8))).toEqual([
      { from: 3 * MINUTE, to: 6 * MINUTE },
    ])
  })

  it('put the break in the middle of the gap, with nothing in any line', () => {
    const columns = toColumns(raw(0, 1_000, 101_000), { from: 0, to: 101_000 }, STALE)
    expect(columns.t).toEqual([0, 1_000, 51_000, 101_000])
    for (const line of [columns.avg, columns.min, columns.max, columns.n]) expect(line[2]).toBeNull()
    expect(columns.n[3]).toBe(1)
  })

  it('tell the time before the first reading and after the last one past the limit only', () => {
    const limit = { from: 100_000 - 30_000, to: 101_000 + 30_000 }
    expect(toColumns(raw(100_000, 101_000), limit, STALE)).toMatchObject({ before: null, gaps: [] })
    const more = { from: limit.from - 1, to: limit.to + 1 }
    expect(toColumns(raw(100_000, 101_000), more, STALE)).toMatchObject({
      before: { from: more.from, to: 100_000 },
      after: { from: 101_000, to: more.to },
    })
  })

  it('know the width of a bucket from most distances; raw readings have none', () => {
    expect(toColumns(minutes([5, 5, null, 5, 5]), whole(5), STALE).bucketMs).toBe(MINUTE)
    expect(toColumns(raw(0, 1_000), whole(1), STALE).bucketMs).toBe(0)
  })

  it('leave buckets without an average out, and draw those without extremes as a line', () => {
    const history = {
      tier: '1m',
      t: [0, MINUTE, 2 * MINUTE],
      avg: [5, null, 7],
      min: [null, null, 6],
      max: [null, null, 9],
      n: [null, 0, 3],
    } as unknown as History
    expect(toColumns(history, whole(3), STALE)).toMatchObject({
      t: [0, 2 * MINUTE],
      min: [5, 6],
      max: [5, 9],
      n: [1, 3],
    })
  })

  it('find the middle of any order, the lower one of two', () => {
    expect([middle([]), middle([3]), middle([9, 1, 5]), middle([4, 10, 2, 8])]).toEqual([0, 3, 5, 4])
  })
})

describe('the live tail of a tier', () => {
  it('begins a bucket on the grid of the others, also after a pause', () => {
    const tail = withTail(minutes([5, 5, 5], 3), [[5 * MINUTE + 7, 2]], 2 * MINUTE + 50_000)
    expect(tail).toMatchObject({ t: [0, MINUTE, 2 * MINUTE, 5 * MINUTE], avg: [5, 5, 5, 2], n: [3, 3, 3, 1] })
    expect(tail).toMatchObject({ min: [4, 4, 4, 2], max: [6, 6, 6, 2] })
  })

  it('lets several readings share a bucket', () => {
    const tail = withTail(
      minutes([5, 5], 1),
      [
        [2 * MINUTE, 1],
        [2 * MINUTE + 10, 3],
        [2 * MINUTE + 20, 8],
      ],
      MINUTE,
    )
    expect(tail).toMatchObject({ t: [0, MINUTE, 2 * MINUTE], avg: [5, 5, 4], min: [4, 4, 1], max: [6, 6, 8] })
    expect(tail).toMatchObject({ n: [1, 1, 3] })
  })

  it('begins at the reading where the tier is empty', () => {
    const tail = withTail({ tier: '1m', t: [], avg: [], min: [], max: [], n: [] }, [[77, 4]], 0)
    expect(tail).toEqual({ tier: '1m', t: [77], avg: [4], min: [4], max: [4], n: [1] })
  })
})
