import { useQuery } from '@tanstack/react-query'

import type { Endpoint } from './snippets'

const MQTT_PORT = 1883

interface ServerFacts {
  mqtt?: { port?: number; tls?: boolean; hosts?: string[] }
  http?: { port?: number }
}

/** After this the usual port is shown: a server that does not say where it listens is an old one, or behind a proxy. */
const WAIT_MS = 5_000

/** Where devices reach this server, in its own words; null until it has said so, since a wrong port would be copied. */
export function useEndpoint(): Endpoint | null {
  const { data, isPending } = useQuery({
    queryKey: ['server'],
    queryFn: async (): Promise<ServerFacts> => {
      const response = await fetch('/api/v1/server', {
        headers: { Accept: 'application/json' },
        signal: AbortSignal.timeout(WAIT_MS),
      })
      if (!response.ok || !response.headers.get('Content-Type')?.includes('json')) return {}
      return (await response.json()) as ServerFacts
    },
    staleTime: Infinity,
    retry: false,
  })
  if (isPending) return null
  return endpointOf(data ?? {}, window.location)
}

/** Pure. The page's own host comes first: whoever reached it by that name may hope that a board does too. */
export function endpointOf(
  { mqtt, http }: ServerFacts,
  page: Pick<Location, 'hostname' | 'origin' | 'port'>,
): Endpoint {
  const own = isLoopback(page.hostname) ? [] : [page.hostname]
  const reachable = mqtt?.hosts
  const hosts = [...new Set([...(reachable?.length === 0 ? [] : own), ...(reachable ?? [])])]
  return {
    hosts: hosts.length > 0 ? hosts : [page.hostname],
    mqttPort: mqtt?.port ?? MQTT_PORT,
    httpPort: http?.port ?? Number(page.port || 80),
    tls: mqtt?.tls ?? false,
    onlyHere: reachable?.length === 0,
    origin: page.origin,
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || host.startsWith('127.')
}
