import { useQuery } from '@tanstack/react-query'

import type { Endpoint } from './snippets'

const MQTT_PORT = 1883

interface ServerFacts {
  mqtt?: { port?: number; tls?: boolean }
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
  const { hostname, origin } = window.location
  return { host: hostname, origin, mqttPort: data?.mqtt?.port ?? MQTT_PORT, tls: data?.mqtt?.tls ?? false }
}
