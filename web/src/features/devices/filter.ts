/** Which devices of the list are shown. Pure. */

import type { Device } from '@/lib/api/types'
import { matches } from '@/lib/fold'

export type DeviceFilter = 'used' | 'offline' | 'unseen' | 'troubled' | 'retired'

export const FILTERS: readonly DeviceFilter[] = ['used', 'offline', 'unseen', 'troubled', 'retired']

export function filterFrom(text: string | null): DeviceFilter {
  return FILTERS.find((filter) => filter === text) ?? 'used'
}

/** isWrong: whether a clock is wrong enough to be told. */
export function shownDevices(
  devices: readonly Device[],
  filter: DeviceFilter,
  search: string,
  isWrong: (skewMs: number | null) => boolean,
): Device[] {
  return devices.filter((device) => {
    if (!passes(device, filter, isWrong)) return false
    return matches(search, [device.name, device.id, device.zone?.name ?? ''])
  })
}

function passes(device: Device, filter: DeviceFilter, isWrong: (skewMs: number | null) => boolean): boolean {
  const retired = Boolean(device.retired_at)
  switch (filter) {
    case 'used':
      return !retired
    case 'retired':
      return retired
    case 'offline':
      return !retired && !device.online && device.last_seen_ms !== null
    case 'unseen':
      return !retired && device.last_seen_ms === null
    case 'troubled':
      return !retired && (device.rejected_count > 0 || isWrong(device.clock_skew_ms))
  }
}
