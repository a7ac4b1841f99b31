import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { anAlert } from '@/testing/factories'
import { AlertsSocket } from './alertsSocket'
import type { AlertEvent, AlertEvents } from './api/types'

function anEvent(seq: number): AlertEvent {
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

/** Stands in for the browser's socket: the test plays the server. */
class Line {
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

describe('the alerts socket', () => {
  let lines: Line[]
  let applied: number[]
  let log: AlertEvent[]
  let fetched: number[]
  let newLogs: number
  let socket: AlertsSocket

  beforeEach(() => {
    vi.useFakeTimers()
    lines = []
    applied = []
    fetched = []
    log = []
    newLogs = 0
    socket = new AlertsSocket({
      site: 'tan-tao',
      onEvent: ({ seq }) => applied.push(seq),
      onNewLog: () => (newLogs += 1),
      open: (url) => {
        const line = new Line(url)
        lines.push(line)
        return line as unknown as WebSocket
      },
      fetchEvents: (_site, after): Promise<AlertEvents> => {
        fetched.push(after)
        return Promise.resolve({
          log_id: 'a',
          seq: log.at(-1)?.seq ?? 0,
          events: log.filter(({ seq }) => seq > after),
        })
      },
      random: () => 0.5,
    })
    socket.start(10, 'a')
  })

  afterEach(() => {
    socket.stop()
    vi.useRealTimers()
  })

  const line = () => lines.at(-1) as Line

  it('resumes behind the last event it has', async () => {
    line().says({ type: 'hello', log_id: 'a', seq: 10 })
    line().says(anEvent(11))
    line().breaks()
    await vi.advanceTimersByTimeAsync(1000)
    expect(lines).toHaveLength(2)
    expect(new URL(line().url).searchParams.get('after')).toBe('11')
  })

  it('applies nothing twice when a resumed line repeats', () => {
    line().says(anEvent(11))
    line().says(anEvent(11))
    line().says(anEvent(10))
    line().says(anEvent(12))
    expect(applied).toEqual([11, 12])
  })

  it('keeps an event that came too early and heals the gap from the log', async () => {
    log = [anEvent(11), anEvent(12), anEvent(13)]
    line().says(anEvent(13))
    expect(applied).toEqual([])
    await vi.advanceTimersByTimeAsync(1000)
    expect(fetched).toEqual([10])
    expect(applied).toEqual([11, 12, 13])
    expect(socket.getState().completeTo).toBe(13)
  })

  it('finds by a ping what was lost in silence', async () => {
    log = [anEvent(11)]
    line().says({ type: 'ping', seq: 11 })
    await vi.advanceTimersByTimeAsync(1000)
    expect(applied).toEqual([11])
  })

  it('finds by the poll what was lost, also without a line', async () => {
    line().breaks()
    log = [anEvent(11), anEvent(12)]
    socket.noteSeq(12)
    await vi.advanceTimersByTimeAsync(1000)
    expect(applied).toEqual([11, 12])
  })

  it('starts over when the log is another one', () => {
    line().says({ type: 'hello', log_id: 'restored', seq: 3 })
    expect(newLogs).toBe(1)
  })

  it('gives a silent line up', async () => {
    line().says({ type: 'hello', log_id: 'a', seq: 10 })
    const first = line()
    await vi.advanceTimersByTimeAsync(45_000)
    expect(first.closed).toBe(true)
    await vi.advanceTimersByTimeAsync(1000)
    expect(lines).toHaveLength(2)
  })

  it('does not come back when the server denies it', async () => {
    line().breaks(4401)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(lines).toHaveLength(1)
    expect(socket.getState().status).toBe('denied')
  })
})
