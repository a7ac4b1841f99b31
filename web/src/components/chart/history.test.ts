import { describe, expect, it } from 'vitest'

import type { History } from '@/lib/api/types'

import { moveCursor, ribbon, statistics, toColumns, valueRange, withTail } from './history'

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
