import { describe, expect, it } from 'vitest'

import type { History } from '@/lib/api/types'

import { middle, moveCursor, ribbon, statistics, toColumns, valueRange, withTail } from './history'

const MINUTE = 60_000
const STALE = 30_000

function minutes(values: (number | null)[], n = 12): History {
  const kept = values.flatMap((value, i) => (value === null ? [] : [{ value, t: i * MINUTE }]))
  return {
    tier: '1m',
    t: kept.map((row) => row.t),
    avg: kept.map((row) => row.value),
    min: kept.map((row) => row.value - 1),
    max: kept.map((row) => row.value + 1),
    n: kept.map(() => n),
  }
}

const whole = (count: number) => ({ from: 0, to: count * MINUTE })

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

  it('tell the time before the first reading from a loss', () => {
    const columns = toColumns(
      { tier: 'raw', t: [500_000, 505_000], v: [1, 2] },
      { from: 0, to: 506_000 },
      STALE,
    )
    expect(columns.before).toEqual({ from: 0, to: 500_000 })
    expect(columns.gaps).toEqual([])
  })

  it('show a line that ended as a gap up to now', () => {
    const columns = toColumns(minutes([5, 5, 5]), whole(20), STALE)
    expect(columns.gaps).toEqual([{ from: 3 * MINUTE, to: 20 * MINUTE }])
  })

  it('are one whole gap when there is nothing', () => {
    expect(toColumns({ tier: 'raw', t: [], v: [] }, whole(5), STALE)).toMatchObject({
      t: [],
      gaps: [{ from: 0, to: 5 * MINUTE }],
    })
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

describe('the numbers of the range', () => {
  it('weigh the average by readings and give the times of the extremes', () => {
    const history: History = {
      tier: '1m',
      t: [0, MINUTE],
      avg: [10, 20],
      min: [9, 18],
      max: [11, 22],
      n: [1, 3],
    }
    const numbers = statistics(toColumns(history, whole(2), STALE), { value: 15, side: 'above' })
    expect(numbers).toMatchObject({
      min: { value: 9, at: 0 },
      max: { value: 22, at: MINUTE },
      avg: 17.5,
      readings: 4,
      beyondMs: MINUTE,
    })
  })

  it('estimate the time beyond a level inside a bucket from its extremes', () => {
    const history: History = {
      tier: '1m',
      t: [0, MINUTE],
      avg: [7, 5],
      min: [5, 4],
      max: [9, 6],
      n: [12, 12],
    }
    const beyond = (value: number) =>
      statistics(toColumns(history, whole(2), STALE), { value, side: 'above' }).beyondMs
    expect([beyond(8), beyond(9), beyond(3)]).toEqual([MINUTE / 4, 0, 2 * MINUTE])
  })

  it('count what was lost', () => {
    const numbers = statistics(
      toColumns(minutes([5, 5, 5, null, null, null, null, 5]), whole(8), STALE),
      null,
    )
    expect(numbers).toMatchObject({ lostTimes: 1, lostMs: 4 * MINUTE, beyondMs: null })
  })

  it('are empty, not zero, without readings', () => {
    expect(statistics(toColumns({ tier: 'raw', t: [], v: [] }, whole(1), STALE), null)).toMatchObject({
      min: null,
      avg: null,
      readings: 0,
    })
  })
})

describe('the freshness ribbon', () => {
  it('is fresh where the readings came, late where some did, none where none did', () => {
    const history = minutes([5, 5, 5, 5, null, null, null, null, 5, 5], 12)
    const late = { ...history, n: [12, 12, 12, 12, 2, 12] } as History
    const result = ribbon(toColumns(late, whole(10), STALE), whole(10), 10_000, 10)
    expect(result.slots).toEqual([
      'fresh',
      'fresh',
      'fresh',
      'fresh',
      'none',
      'none',
      'none',
      'none',
      'late',
      'fresh',
    ])
    expect(result).toMatchObject({ fresh: 50, late: 10, none: 40 })
  })

  it('goes by the gaps when a bucket is wider than a slot', () => {
    const days: History = {
      tier: '1d',
      t: [0, 24 * 60, 48 * 60].map((m) => m * MINUTE),
      avg: [1, 1, 1],
      min: [1, 1, 1],
      max: [1, 1, 1],
      n: [9, 9, 9],
    }
    const range = { from: 0, to: 72 * 60 * MINUTE }
    expect(ribbon(toColumns(days, range, STALE), range, 10_000, 96).fresh).toBe(100)
  })
})

describe('the picture', () => {
  it('leaves room and reaches for a level nearby, not for one far away', () => {
    const columns = toColumns(minutes([4, 6]), whole(2), STALE)
    const [low, high] = valueRange(columns, [8, 400])
    expect(high).toBeGreaterThan(8)
    expect(high).toBeLessThan(20)
    expect(low).toBeLessThan(3)
  })

  it('moves the cursor over points, never onto a break', () => {
    const columns = toColumns(minutes([5, 5, 5, null, null, null, null, 6]), whole(8), STALE)
    const broken = columns.avg.indexOf(null)
    expect(moveCursor(columns, null, -1)).toBe(columns.t.length - 1)
    expect(moveCursor(columns, broken + 1, -1)).toBe(broken - 1)
    expect(moveCursor(columns, 0, -10)).toBe(0)
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
      gaps: [{ from: 101_000, to: more.to }],
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

describe('the time beyond a level', () => {
  const columns = toColumns(
    { tier: 'raw', t: [0, 1_000, 3_000, 6_000, 100_000, 101_000], v: [1, 5, 5, 2, 9, 9] },
    { from: 0, to: 101_000 },
    STALE,
  )
  const beyond = (value: number, side: 'above' | 'below') => statistics(columns, { value, side }).beyondMs

  it('is, for raw readings, from each one beyond to the next, never over a gap', () => {
    expect(beyond(4, 'above')).toBe(2_000 + 3_000 + 1_000)
    expect(beyond(4, 'below')).toBe(1_000)
  })

  it('does not count a value on the level', () => {
    expect(beyond(9, 'above')).toBe(0)
    expect(beyond(1, 'below')).toBe(0)
  })

  it('is estimated on either side of a bucket, and is the whole of one that lies beyond', () => {
    const tier: History = { tier: '1m', t: [0, MINUTE], avg: [5, 2], min: [4, 2], max: [8, 2], n: [9, 9] }
    const of = (value: number, side: 'above' | 'below') =>
      statistics(toColumns(tier, whole(2), STALE), { value, side }).beyondMs
    expect([of(5, 'below'), of(7, 'above'), of(1, 'below')]).toEqual([MINUTE / 4 + MINUTE, MINUTE / 4, 0])
  })

  it('goes with extremes that are told with their first time', () => {
    expect(statistics(columns, null)).toMatchObject({
      min: { value: 1, at: 0 },
      max: { value: 9, at: 100_000 },
      readings: 6,
      avg: 31 / 6,
      lostMs: 94_000,
    })
  })
})

describe('the ribbon at its edges', () => {
  const every = (stepMs: number, count: number, from = 0): History => ({
    tier: 'raw',
    t: Array.from({ length: count }, (_, i) => from + i * stepMs),
    v: Array.from({ length: count }, () => 1),
  })
  const range = { from: 0, to: 100_000 }
  const slots = (history: History, budgetMs: number, count = 10) =>
    ribbon(toColumns(history, range, STALE), range, budgetMs, count).slots

  it('counts a slot as fresh from four of five readings that were due', () => {
    const four = [0, 2_500, 5_000, 7_500]
    const three = [10_000, 13_000, 16_000]
    const rest = Array.from({ length: 40 }, (_, i) => 20_000 + i * 2_000)
    const t = [...four, ...three, ...rest]
    expect(slots({ tier: 'raw', t, v: t }, 2_000).slice(0, 3)).toEqual(['fresh', 'late', 'fresh'])
  })

  it('is none before the first reading and in a gap where readings are seldom', () => {
    const t = [40_000, 52_000, 64_000, 76_000]
    const result = slots({ tier: 'raw', t, v: t }, 12_000)
    expect(result.slice(0, 4)).toEqual(['none', 'none', 'none', 'none'])
    expect(result.slice(4)).toEqual(['fresh', 'fresh', 'fresh', 'fresh', 'fresh', 'fresh'])
  })

  it('is all none without readings, in as many slots as asked for', () => {
    const nothing = ribbon(toColumns(every(1, 0), range, STALE), range, 5_000)
    expect(nothing).toMatchObject({ fresh: 0, late: 0, none: 100 })
    expect(nothing.slots).toHaveLength(96)
  })

  it('gives each slot its part of a bucket that lies across two', () => {
    const tier: History = {
      tier: '1m',
      t: [5_000, 15_000, 25_000],
      avg: [1, 1, 1],
      min: [1, 1, 1],
      max: [1, 1, 1],
      n: [2, 10, 10],
    }
    const result = ribbon(toColumns(tier, { from: 0, to: 40_000 }, STALE), { from: 0, to: 40_000 }, 1_000, 4)
    expect(result.slots).toEqual(['late', 'late', 'fresh', 'late'])
  })

  it('leaves readings outside the range out', () => {
    const inside = Array.from({ length: 20 }, (_, i) => i * 500)
    const t = [-5_000, ...inside, 100_000, 200_000]
    expect(slots({ tier: 'raw', t, v: t }, 500)).toEqual(['fresh', ...new Array<string>(9).fill('none')])
  })
})

describe('the room around the line', () => {
  const of = (values: number[], levels: number[] = []) =>
    valueRange(
      toColumns({ tier: 'raw', t: values.map((_, i) => i), v: values }, { from: 0, to: 9 }, STALE),
      levels,
    )

  it('is an eighth or so of what is spanned, on both sides', () => {
    const [low, high] = of([10, 20])
    expect(low).toBeCloseTo(8.8)
    expect(high).toBeCloseTo(21.2)
  })

  it('is a tenth of a flat line’s value, and half a unit at least', () => {
    expect(of([50, 50])).toEqual([45, 55])
    expect(of([-50, -50])).toEqual([-55, -45])
    expect(of([0, 0])).toEqual([-0.5, 0.5])
  })

  it('is from 0 to 1 where there is no line', () => {
    expect(of([], [5])).toEqual([0, 1])
  })

  it('takes in a level within one and a half times of what is spanned, above and below', () => {
    const [, high] = of([10, 20], [35])
    expect(high).toBeCloseTo(35 + 25 * 0.12)
    expect(of([10, 20], [35.1])[1]).toBeCloseTo(21.2)
    expect(of([10, 20], [-5])[0]).toBeCloseTo(-5 - 25 * 0.12)
    expect(of([10, 20], [-5.1])[0]).toBeCloseTo(8.8)
  })

  it('takes in a level near a flat line: within a quarter of its value, or one unit', () => {
    expect(of([40, 40], [50])[1]).toBeCloseTo(51.2)
    expect(of([40, 40], [50.1])[1]).toBe(44)
    expect(of([0, 0], [1])[1]).toBeCloseTo(1.12)
    expect(of([0, 0], [-1])[0]).toBeCloseTo(-1.12)
    expect(of([40, 40], [30])[0]).toBeCloseTo(28.8)
  })

  it('is not changed by a level inside it', () => {
    expect(of([10, 20], [15])).toEqual(of([10, 20]))
  })
})

describe('the cursor', () => {
  const columns = toColumns(minutes([5, 5, 5, null, null, null, null, 6]), whole(8), STALE)

  it('stops at both ends', () => {
    expect(moveCursor(columns, 4, 1)).toBe(4)
    expect(moveCursor(columns, 4, -99)).toBe(0)
    expect(moveCursor(columns, 0, 99)).toBe(4)
  })

  it('goes to the newest point from nowhere and from a break', () => {
    expect(moveCursor(columns, null, 1)).toBe(4)
    expect(moveCursor(columns, 3, -1)).toBe(4)
  })

  it('has nowhere to go without points', () => {
    expect(moveCursor(toColumns({ tier: 'raw', t: [], v: [] }, whole(1), STALE), null, 1)).toBeNull()
  })
})
