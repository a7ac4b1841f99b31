import { useQuery } from '@tanstack/react-query'

import { api, body } from '@/lib/api/client'
import { keys } from '@/lib/queries'

/** Presence changes by the second, but a table of devices is not a heartbeat monitor. */
const REFRESH_MS = 5000

/** The site's devices, kept up to date while a page shows when they were last seen. */
export function useLiveDevices(site: string) {
  return useQuery({
    queryKey: keys.devices(site),
    queryFn: () => body(api.GET('/api/v1/devices', { params: { query: { site } } })),
    refetchInterval: REFRESH_MS,
  })
}
