import { describe, expect, it } from 'vitest'

import { aDevice } from '@/testing/factories'

import { shownDevices, type DeviceFilter } from './filter'

const DEVICES = [
  aDevice({ id: 'fine', name: 'Đầu dò 1', zone: { id: 1, name: 'Kho lạnh' } }),
  aDevice({ id: 'off', name: 'Tủ đông', online: false }),
  aDevice({ id: 'new', name: 'Mới', online: false, last_seen_ms: null }),
  aDevice({ id: 'odd', name: 'Lạ', rejected_count: 3 }),
  aDevice({ id: 'slow', name: 'Chậm', clock_skew_ms: -1_200_000 }),
  aDevice({ id: 'old', name: 'Cũ', online: false, retired_at: '2026-01-01T00:00:00Z' }),
]

function ids(filter: DeviceFilter, search = ''): string[] {
  return shownDevices(DEVICES, filter, search, (skew) => skew !== null && skew < -300_000).map(({ id }) => id)
}

describe('the list of devices', () => {
  it('shows those in use, or those of one kind of trouble, or those out of use', () => {
    expect(ids('used')).toEqual(['fine', 'off', 'new', 'odd', 'slow'])
    expect(ids('offline')).toEqual(['off'])
    expect(ids('unseen')).toEqual(['new'])
    expect(ids('troubled')).toEqual(['odd', 'slow'])
    expect(ids('retired')).toEqual(['old'])
  })

  it('is searched by name, id and place, without accents, all words of it', () => {
    expect(ids('used', 'dau do')).toEqual(['fine'])
    expect(ids('used', 'kho dau')).toEqual(['fine'])
    expect(ids('used', 'ODD')).toEqual(['odd'])
    expect(ids('used', 'dau tu')).toEqual([])
  })
})
