import { keepPreviousData, useQuery } from '@tanstack/react-query'

import { api, body } from '@/lib/api/client'
import type { Device } from '@/lib/api/types'
import { keys, useOneDevice } from '@/lib/queries'

/** Presence changes by the second, but a table of devices is not a heartbeat monitor. */
const REFRESH_MS = 5000
/** The server takes so many ids. */
const MOST = 1000

/** The site's devices, read again when the poll names another number of them (lib/live/lists.ts). */
export function useDeviceList(site: string) {
  return useQuery({
    queryKey: keys.devices(site),
    queryFn: () => body(api.GET('/api/v1/devices', { params: { query: { site } } })),
  })
}

/** When those on the page were last seen, and all else of them: kept up to date while the page shows it. */
export function useLiveDevices(site: string, shown: readonly Device[]): ReadonlyMap<string, Device> {
  const ids = shown
    .slice(0, MOST)
    .map(({ id }) => id)
    .join(',')
  const rows = useQuery({
    queryKey: [...keys.devices(site), 'shown', ids],
    queryFn: () => body(api.GET('/api/v1/devices', { params: { query: { site, ids } } })),
    refetchInterval: REFRESH_MS,
    placeholderData: keepPreviousData,
    enabled: ids !== '',
  }).data
  return new Map(rows?.map((row) => [row.id, row]))
}

/** One device, kept up to date; null asks for none. */
export function useLiveDevice(site: string, id: string | null) {
  return useOneDevice(site, id, REFRESH_MS)
}
