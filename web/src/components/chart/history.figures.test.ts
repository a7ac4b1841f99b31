import { describe, expect, it } from 'vitest'

import type { History } from '@/lib/api/types'
import { MINUTE, minutes, STALE, whole } from '@/testing/history'

import { statistics, toColumns } from './history'

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
