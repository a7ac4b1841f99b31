/** What the server sees of a new device: nothing, a connection, refused bodies, or its first reading. */

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'

import { api, body } from '@/lib/api/client'
import { Problem } from '@/lib/api/problem'
import type { DeviceDetail, Quarantine, Series } from '@/lib/api/types'
import { useLive } from '@/lib/live'
import { keys, useMe } from '@/lib/queries'
import { useSite } from '@/lib/site'

/** A person stands beside the device and waits: ask often, and only while the dialog is open. */
const ASK_EVERY_MS = 1500

export type FirstReading =
  | { kind: 'waiting' }
  | { kind: 'connected'; protocol: string }
  | { kind: 'rejected'; reason: string; detail: string; sample: string; count: number }
  | { kind: 'trouble'; code: Trouble['code']; said: Trouble['said']; detail: string; atMs: number }
  | { kind: 'stranger'; id: string; host: string; atMs: number }
  | { kind: 'received'; series: Series[] }

type Trouble = DeviceDetail['troubles'][number]

interface Seen {
  device: DeviceDetail
  series: Series[]
  quarantine: Quarantine
  strangers: readonly { id: string; host: string; at_ms: number }[]
}

async function look(site: string, id: string): Promise<Omit<Seen, 'strangers'>> {
  const [device, series, quarantine] = await Promise.all([
    body(api.GET('/api/v1/devices/{device_id}', { params: { path: { device_id: id } } })),
    body(api.GET('/api/v1/sites/{slug}/series', { params: { path: { slug: site }, query: { device: id } } })),
    body(api.GET('/api/v1/devices/{device_id}/quarantine', { params: { path: { device_id: id } } })),
  ])
  return { device, series, quarantine }
}

/**
 * Pure: what the answers mean. A reading counts more than a refusal, a refusal more than a connection, and the newest
 * of several troubles most. A wrong password is over once the device is in.
 */
export function firstReadingOf({ device, series, quarantine, strangers }: Seen): FirstReading {
  if (series.length > 0) return { kind: 'received', series }
  const newest = quarantine.results[0]
  const trouble = device.troubles.find(({ code }) => !(code === 'bad_credentials' && device.online))
  if (trouble && trouble.at_ms > (newest?.at_ms ?? 0)) {
    const { code, said, detail, at_ms: atMs } = trouble
    return { kind: 'trouble', code, said, detail, atMs }
  }
  if (newest) {
    const { reason, detail, body: text, encoding } = newest
    const sample = encoding === 'utf-8' ? text.slice(0, SAMPLE_CHARACTERS) : ''
    return { kind: 'rejected', reason, detail, sample, count: quarantine.results.length }
  }
  if (device.online) return { kind: 'connected', protocol: device.protocol }
  const stranger = strangers.find(({ at_ms: atMs }) => atMs >= Date.parse(device.created_at))
  if (stranger) return { kind: 'stranger', id: stranger.id, host: stranger.host, atMs: stranger.at_ms }
  return { kind: 'waiting' }
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
  const strangers = useStrangers(seen && seen.series.length > 0 ? null : id)
  const result: FirstReading = seen ? firstReadingOf({ ...seen, strangers }) : { kind: 'waiting' }
  const received = result.kind === 'received'
  useEffect(() => {
    if (!received) return
    poll.pollNow()
    void client.invalidateQueries({ queryKey: keys.series(slug) })
    void client.invalidateQueries({ queryKey: keys.devices(slug) })
  }, [received, client, poll, slug])
  return result
}

/** For who owns all sites of the server: others are not asked for, and after a refusal not again. */
function useStrangers(id: string | null): Seen['strangers'] {
  const owner = useMe().data?.sites.every(({ role }) => role === 'owner') ?? false
  const { data } = useQuery({
    queryKey: ['strangers', id],
    queryFn: () => body(api.GET('/api/v1/strangers')),
    enabled: id !== null && owner,
    retry: false,
    refetchInterval: ({ state }) => (state.error instanceof Problem ? false : ASK_EVERY_MS),
    gcTime: 0,
  })
  return data ?? NOBODY
}

const NOBODY: Seen['strangers'] = []
