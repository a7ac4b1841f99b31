/** The alerts socket, on lines and a log that the test plays. */

import { afterEach, beforeEach, vi } from 'vitest'
import type { AlertEvent, AlertEvents } from '@/lib/api/types'
import { AlertsSocket } from '@/lib/live/alertsSocket'
import { anAlert } from './factories'

export function anEvent(seq: number): AlertEvent {
  const at = new Date(0).toISOString()
  return {
    type: 'event',
    seq,
    kind: 'opened',
    at,
    actor: null,
    text: '',
    alert: anAlert({ id: seq, last_seq: seq }),
  }
}

/** Stands in for the browser's socket. */
export class Line {
  onmessage: ((message: { data: string }) => void) | null = null
  onclose: ((event: { code: number }) => void) | null = null
  closed = false

  constructor(readonly url: string) {}

  says(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) })
  }

  breaks(code = 1006): void {
    this.onclose?.({ code })
  }

  close(): void {
    this.closed = true
  }
}

/** Before each test a socket that has the log "a" up to event 10. */
export function setUpSocket() {
  const server = {
    lines: [] as Line[],
    log: [] as AlertEvent[],
    logId: 'a',
    fetched: [] as number[],
    failing: 0,
  }
  const page = {
    applied: [] as number[],
    newLogs: 0,
    random: () => 0.5,
    drawings: [] as (() => void)[],
    socket: null as unknown as AlertsSocket,
  }

  beforeEach(() => {
    vi.useFakeTimers()
    Object.assign(server, { lines: [], log: [], logId: 'a', fetched: [], failing: 0 })
    Object.assign(page, { applied: [], newLogs: 0, random: () => 0.5, drawings: [] })
    page.socket = new AlertsSocket({
      site: 'tan-tao',
      onEvent: ({ seq }) => page.applied.push(seq),
      onNewLog: () => (page.newLogs += 1),
      open: (url) => {
        const line = new Line(url)
        server.lines.push(line)
        return line as unknown as WebSocket
      },
      fetchEvents: (_site, after): Promise<AlertEvents> => {
        server.fetched.push(after)
        if (server.failing-- > 0) return Promise.reject(new TypeError('Failed to fetch'))
        return Promise.resolve({
          log_id: server.logId,
          seq: server.log.at(-1)?.seq ?? 0,
          events: server.log.filter(({ seq }) => seq > after).slice(0, 3),
        })
      },
      random: () => page.random(),
      afterDrawing: (call) => page.drawings.push(call),
    })
    page.socket.start(10, 'a')
  })

  afterEach(() => {
    page.socket.stop()
    vi.useRealTimers()
  })

  return { page, server, line: () => server.lines.at(-1) as Line }
}
