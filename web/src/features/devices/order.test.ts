import { describe, expect, it } from 'vitest'

import { aDevice, NOW_MS } from '@/testing/factories'

import { budgetOf, byNeed } from './order'

describe('the table of devices', () => {
  it('puts those that are silent or late on top, then goes by place and name', () => {
    const devices = [
      aDevice({ id: 'b', name: 'b', last_seen_ms: NOW_MS - 1000 }),
      aDevice({ id: 'late', last_seen_ms: NOW_MS - 20_000 }),
      aDevice({ id: 'a', name: 'a', last_seen_ms: NOW_MS - 1000 }),
      aDevice({ id: 'silent', last_seen_ms: NOW_MS - 90_000 }),
      aDevice({ id: 'new', last_seen_ms: null }),
    ]
    expect(byNeed(devices, NOW_MS).map(({ id }) => id)).toEqual(['silent', 'new', 'late', 'a', 'b'])
  })

  it('puts the second store before the tenth', () => {
    const names = ['Kho 10', 'Kho 2', 'Kho 1']
    const devices = names.map((name) => aDevice({ id: name, name, last_seen_ms: NOW_MS - 1000 }))
    expect(byNeed(devices, NOW_MS).map(({ name }) => name)).toEqual(['Kho 1', 'Kho 2', 'Kho 10'])
  })

  it('takes a device to be as fast as its fastest series, and one without any for slow', () => {
    expect(budgetOf(aDevice({ freshness_seconds: 10 }))).toBe(10_000)
    expect(budgetOf(aDevice({ freshness_seconds: null }))).toBe(60_000)
  })
})
