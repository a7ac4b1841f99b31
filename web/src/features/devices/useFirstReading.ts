/** What the server sees of a new device: nothing, a connection, refused bodies, or its first reading. */

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'

import { api, body } from '@/lib/api/client'
import type { Device, Quarantine, Series } from '@/lib/api/types'
import { useLive } from '@/lib/live'
import { keys } from '@/lib/queries'
import { useSite } from '@/lib/site'

/** A person stands beside the device and waits: ask often, and only while the dialog is open. */
const ASK_EVERY_MS = 1500

export type FirstReading =
  | { kind: 'waiting' }
  | { kind: 'connected'; protocol: string }
  | { kind: 'rejected'; reason: string; detail: string; sample: string; count: number }
  | { kind: 'received'; series: Series[] }

interface Seen {
  device: Device
  series: Series[]
  quarantine: Quarantine
}

async function look(site: string, id: string): Promise<Seen> {
  const [device, all, quarantine] = await Promise.all([
    body(api.GET('/api/v1/devices/{device_id}', { params: { path: { device_id: id } } })),
    body(api.GET('/api/v1/sites/{slug}/series', { params: { path: { slug: site } } })),
    body(api.GET('/api/v1/devices/{device_id}/quarantine', { params: { path: { device_id: id } } })),
  ])
  return { device, series: all.filter((series) => series.device === id), quarantine }
}

/** Pure: what the answers mean. A reading counts more than a refusal, a refusal more than a connection. */
function firstReadingOf({ device, series, quarantine }: Seen): FirstReading {
  if (series.length > 0) return { kind: 'received', series }
  const newest = quarantine.results[0]
  if (newest) {
    const { reason, detail, body: text, encoding } = newest
    const sample = encoding === 'utf-8' ? text.slice(0, SAMPLE_CHARACTERS) : ''
    return { kind: 'rejected', reason, detail, sample, count: quarantine.results.length }
  }
  return device.online ? { kind: 'connected', protocol: device.protocol } : { kind: 'waiting' }
}

const SAMPLE_CHARACTERS = 60

/** id: null while there is no device yet. */
export function useFirstReading(id: string | null): FirstReading {
  const { slug } = useSite()
  const client = useQueryClient()
  const { poll } = useLive()
  const seen = useQuery({
    queryKey: ['device', id, 'first-reading'],
    queryFn: () => look(slug, id ?? ''),
    enabled: id !== null,
    refetchInterval: (query) =>
      query.state.data && query.state.data.series.length > 0 ? false : ASK_EVERY_MS,
    gcTime: 0,
  }).data
  const result: FirstReading = seen ? firstReadingOf(seen) : { kind: 'waiting' }
  const received = result.kind === 'received'
  useEffect(() => {
    if (!received) return
    poll.pollNow()
    void client.invalidateQueries({ queryKey: keys.series(slug) })
    void client.invalidateQueries({ queryKey: keys.devices(slug) })
  }, [received, client, poll, slug])
  return result
}
