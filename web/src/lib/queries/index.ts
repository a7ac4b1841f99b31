/** What several pages read. A feature's own calls live in that feature. */

import { useQuery } from '@tanstack/react-query'
import { api, body } from '../api/client'
import { keys } from './keys'

export { keys }

/** Sparklines cover 24 h in 48 steps of 30 min: asking more often than every 5 min shows nothing new. */
const SPARKLINE_REFRESH_MS = 5 * 60_000

export function useMe() {
  return useQuery({ queryKey: keys.me, queryFn: () => body(api.GET('/api/v1/me')), staleTime: 60_000 })
}

export function useSiteDetail(slug: string) {
  return useQuery({
    queryKey: keys.site(slug),
    queryFn: () => body(api.GET('/api/v1/sites/{slug}', { params: { path: { slug } } })),
  })
}

export function useSeries(slug: string) {
  return useQuery({
    queryKey: keys.series(slug),
    queryFn: () => body(api.GET('/api/v1/sites/{slug}/series', { params: { path: { slug } } })),
  })
}

/** The server's catalogue of metrics; it changes with a release only. */
export function useMetrics() {
  return useQuery({
    queryKey: keys.metrics,
    queryFn: () => body(api.GET('/api/v1/metrics')),
    staleTime: Infinity,
  })
}

export function useSparklines(slug: string) {
  return useQuery({
    queryKey: keys.sparklines(slug),
    queryFn: () =>
      body(
        api.GET('/api/v1/sites/{slug}/sparklines', {
          params: { path: { slug }, query: { hours: 24, points: 48 } },
        }),
      ),
    refetchInterval: SPARKLINE_REFRESH_MS,
  })
}

export function useDevices(site: string) {
  return useQuery({
    queryKey: keys.devices(site),
    queryFn: () => body(api.GET('/api/v1/devices', { params: { query: { site } } })),
  })
}

export function useCameras(site: string) {
  return useQuery({
    queryKey: keys.cameras(site),
    queryFn: () => body(api.GET('/api/v1/cameras', { params: { query: { site } } })),
  })
}

export function useRules(site: string) {
  return useQuery({
    queryKey: keys.rules(site),
    queryFn: () => body(api.GET('/api/v1/rules', { params: { query: { site } } })),
  })
}
