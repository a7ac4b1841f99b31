import { describe, expect, it } from 'vitest'

import { aDevice, aSeries, NOW_MS } from '@/testing/factories'

import { budgetsOf, byNeed } from './order'

describe('the table of devices', () => {
  it('puts those that are silent or late on top, then goes by place and name', () => {
    const devices = [
      aDevice({ id: 'b', name: 'b', last_seen_ms: NOW_MS - 1000 }),
      aDevice({ id: 'late', last_seen_ms: NOW_MS - 20_000 }),
      aDevice({ id: 'a', name: 'a', last_seen_ms: NOW_MS - 1000 }),
      aDevice({ id: 'silent', last_seen_ms: NOW_MS - 90_000 }),
      aDevice({ id: 'new', last_seen_ms: null }),
    ]
    const budgets = new Map(devices.map(({ id }) => [id, 10_000]))
    expect(byNeed(devices, budgets, NOW_MS).map(({ id }) => id)).toEqual(['silent', 'new', 'late', 'a', 'b'])
  })

  it('takes a device to be as fast as its fastest series', () => {
    const series = [
      aSeries({ device: 'x', freshness_seconds: 120 }),
      aSeries({ device: 'x', freshness_seconds: 10 }),
    ]
    expect(budgetsOf(series).get('x')).toBe(10_000)
  })
})
