import { http, HttpResponse } from 'msw'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { anAlert } from '@/testing/factories'
import { server } from '@/testing/server'
import { waitFor } from '@/testing/waiting'
import type { AlertEvent } from '../api/types'
import { LiveSite } from './liveSite'

/** A socket that opens and says nothing: whatever arrives came another way. */
class SilentSocket {
  onmessage: ((message: { data: string }) => void) | null = null
  onclose: (() => void) | null = null
  constructor() {
    setTimeout(() => this.onmessage?.({ data: JSON.stringify({ type: 'hello', log_id: 'a', seq: 7 }) }))
  }
  close() {
    return undefined
  }
}

function anEvent(seq: number, state: 'open' | 'resolved'): AlertEvent {
  const alert = anAlert({ id: 5, state, last_seq: seq })
  return {
    type: 'event',
    seq,
    kind: state === 'open' ? 'opened' : 'resolved',
    at: new Date().toISOString(),
    actor: null,
    text: '',
    alert,
  }
}

describe('a live site', () => {
  let live: LiveSite
  let log: AlertEvent[]

  beforeEach(() => {
    log = []
    vi.stubGlobal('WebSocket', SilentSocket)
    server.use(
      http.get('*/api/v1/alerts/events', ({ request }) => {
        const after = Number(new URL(request.url).searchParams.get('after'))
        return HttpResponse.json({
          log_id: 'a',
          seq: 7 + log.length,
          events: log.filter(({ seq }) => seq > after),
        })
      }),
      http.get('*/api/v1/alerts/counts', () =>
        HttpResponse.json({
          seq: 7,
          active: 900,
          open: 900,
          acknowledged: 0,
          silenced: 0,
          critical: 900,
          warning: 0,
          info: 0,
        }),
      ),
      http.get('*/api/v1/alerts', () =>
        HttpResponse.json({ next: null, previous: null, results: [anAlert({ id: 4, last_seq: 7 })] }),
      ),
      http.get('*/api/v1/sites/tan-tao/snapshot', () =>
        HttpResponse.json({
          cursor: `e.${log.length}`,
          next_poll_ms: 50,
          full: false,
          alerts_seq: 7 + log.length,
          registry_seq: 1,
          presence_seq: 1,
          series: [],
        }),
      ),
    )
    live = new LiveSite('tan-tao')
    live.start()
  })

  afterEach(() => {
    live.stop()
    vi.unstubAllGlobals()
  })

  it('hears of an alert that the socket lost, because the poll names its number', async () => {
    await waitFor(() => expect(live.alerts.getView().loaded).toBe(true))
    await waitFor(() => expect(live.socket.getState().status).toBe('live'))
    log = [anEvent(8, 'open')]
    await waitFor(() => expect(live.alerts.get(5)?.state).toBe('open'))
    log = [anEvent(8, 'open'), anEvent(9, 'resolved')]
    await waitFor(() => expect(live.alerts.get(5)?.state).toBe('resolved'))
    expect(live.socket.getState().completeTo).toBe(9)
  })

  it('tells each event once', async () => {
    const told: number[] = []
    live.onAlertEvent(({ seq }) => told.push(seq))
    await waitFor(() => expect(live.socket.getState().status).toBe('live'))
    log = [anEvent(8, 'open')]
    await waitFor(() => expect(told).toEqual([8]))
    live.socket.noteSeq(8)
    await new Promise((done) => setTimeout(done, 1200))
    expect(told).toEqual([8])
  })

  it('does not let an old event undo a newer answer', () => {
    live.alerts.load([anAlert({ id: 5, state: 'resolved', last_seq: 12 })])
    live.alerts.apply(anEvent(8, 'open'))
    expect(live.alerts.get(5)?.state).toBe('resolved')
  })
})
