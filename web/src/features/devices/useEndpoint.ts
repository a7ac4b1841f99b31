import { useQuery } from '@tanstack/react-query'

import type { Endpoint } from './snippets'

const MQTT_PORT = 1883

interface ServerFacts {
  mqtt?: { port?: number; tls?: boolean }
}

/** Where devices reach this server: its own word for the port, the usual one until it has said so. */
export function useEndpoint(): Endpoint {
  const { data } = useQuery({
    queryKey: ['server'],
    queryFn: async (): Promise<ServerFacts> => {
      const response = await fetch('/api/v1/server', { headers: { Accept: 'application/json' } })
      if (!response.ok || !response.headers.get('Content-Type')?.includes('json')) return {}
      return (await response.json()) as ServerFacts
    },
    staleTime: Infinity,
    retry: false,
  })
  const { hostname, origin } = window.location
  return { host: hostname, origin, mqttPort: data?.mqtt?.port ?? MQTT_PORT, tls: data?.mqtt?.tls ?? false }
}
