import { useQuery } from '@tanstack/react-query'

import { api, body } from '@/lib/api/client'
import { keys } from '@/lib/queries'

/** The reconciler looks at the cameras this often; asking faster shows nothing new. */
const REFRESH_MS = 10_000

/** The site's cameras, kept up to date while a page shows their state. */
export function useLiveCameras(site: string) {
  return useQuery({
    queryKey: keys.cameras(site),
    queryFn: () => body(api.GET('/api/v1/cameras', { params: { query: { site } } })),
    refetchInterval: REFRESH_MS,
  })
}
