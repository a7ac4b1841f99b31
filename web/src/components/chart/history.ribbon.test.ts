import { describe, expect, it } from 'vitest'

import type { History } from '@/lib/api/types'
import { MINUTE, minutes, STALE, whole } from '@/testing/history'

import { ribbon, toColumns } from './history'

describe('the freshness ribbon', () => {
  it('is fresh where the readings came, late where some did, none where none did', () => {
    const history = minutes([5, 5, 5, 5, null, null, null, null, 5, 5], 12)
    const late = { ...history, n: [12, 12, 12, 12, 2, 12] } as History
    const result = ribbon(toColumns(late, whole(10), STALE), whole(10), 10_000, 10)
    expect(result).toEqual([
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
    expect(new Set(ribbon(toColumns(days, range, STALE), range, 10_000, 96))).toEqual(new Set(['fresh']))
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
    ribbon(toColumns(history, range, STALE), range, budgetMs, count)

  it('counts a slot as fresh from four of five readings that were due', () => {
    const four = [0, 2_500, 5_000, 7_500]
    const three = [10_000, 13_000, 16_000]
    const rest = Array.from({ length: 40 }, (_, i) => 20_000 + i * 2_000)
    const t = [...four, ...three, ...rest]
    expect(slots({ tier: 'raw', t, v: t }, 2_000).slice(0, 3)).toEqual(['fresh', 'late', 'fresh'])
  })

  it('is empty, not lost, before the first reading', () => {
    const t = [40_000, 52_000, 64_000, 76_000]
    const result = slots({ tier: 'raw', t, v: t }, 12_000)
    expect(result.slice(0, 4)).toEqual(['before', 'before', 'before', 'before'])
    expect(result.slice(4)).toEqual(['fresh', 'fresh', 'fresh', 'fresh', 'fresh', 'fresh'])
  })

  it('is empty without readings, in as many slots as asked for', () => {
    const nothing = ribbon(toColumns(every(1, 0), range, STALE), range, 5_000)
    expect(nothing).toEqual(new Array<string>(96).fill('before'))
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
    expect(result).toEqual(['late', 'late', 'fresh', 'late'])
  })

  it('leaves readings outside the range out', () => {
    const inside = Array.from({ length: 20 }, (_, i) => i * 500)
    const t = [-5_000, ...inside, 100_000, 200_000]
    expect(slots({ tier: 'raw', t, v: t }, 500)).toEqual(['fresh', ...new Array<string>(9).fill('none')])
  })

  it('loses the slots whose middle lies in a gap of a slow series, its first millisecond included', () => {
    const t = [1_000, 13_000, 25_000, 65_000, 77_000, 89_000]
    const lost = new Array<string>(4).fill('none')
    const fresh = new Array<string>(4).fill('fresh')
    expect(slots({ tier: 'raw', t, v: t }, 12_000)).toEqual(['fresh', 'fresh', ...lost, ...fresh])
  })

  it('loses what comes after the last reading of a slow series', () => {
    const t = [1_000, 13_000, 25_000]
    expect(slots({ tier: 'raw', t, v: t }, 12_000)).toEqual([
      'fresh',
      'fresh',
      ...new Array<string>(8).fill('none'),
    ])
  })
})
