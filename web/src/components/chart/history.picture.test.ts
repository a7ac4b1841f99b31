import { describe, expect, it } from 'vitest'

import { minutes, STALE, whole } from '@/testing/history'

import { extremes, isBeyond, moveCursor, toColumns, valueRange } from './history'

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

describe('what lies beyond a limit', () => {
  it('is told by the furthest reading of a bucket, not by its average', () => {
    const row = { min: 2, max: 9.2, avg: 6.8 }
    expect(isBeyond(row, { value: 8, side: 'above' })).toBe(true)
    expect(isBeyond(row, { value: 9.2, side: 'above' })).toBe(false)
    expect(isBeyond(row, { value: 3, side: 'below' })).toBe(true)
    expect(isBeyond(row, { value: 2, side: 'below' })).toBe(false)
    expect(extremes(toColumns(minutes([5, 7]), whole(2), STALE))).toEqual({ low: 4, high: 8 })
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

  it('is a tenth of a flat line’s value, and half a unit around zero', () => {
    expect(of([50, 50])).toEqual([45, 55])
    expect(of([-50, -50])).toEqual([-55, -45])
    expect(of([0, 0])).toEqual([-0.5, 0.5])
    expect(of([0.00002, 0.00002])[1]).toBeCloseTo(0.000022, 9)
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
    expect(of([0.00001, 0.00003], [0.5])[1]).toBeLessThan(0.0001)
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
