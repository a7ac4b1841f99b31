import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { anAlert } from '@/testing/factories'
import { AlertsSocket, fetchAlertEvents } from './alertsSocket'
import type { AlertEvent, AlertEvents } from '../api/types'

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
  let logId: string
  let failing: number
  let random: () => number
  let socket: AlertsSocket

  beforeEach(() => {
    vi.useFakeTimers()
    lines = []
    applied = []
    fetched = []
    log = []
    newLogs = 0
    logId = 'a'
    failing = 0
    random = () => 0.5
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
        if (failing-- > 0) return Promise.reject(new TypeError('Failed to fetch'))
        return Promise.resolve({
          log_id: logId,
          seq: log.at(-1)?.seq ?? 0,
          events: log.filter(({ seq }) => seq > after).slice(0, 3),
        })
      },
      random: () => random(),
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

  it('applies at once, in order, what came too early when what was missing arrives after all', () => {
    line().says(anEvent(15))
    line().says(anEvent(12))
    line().says(anEvent(13))
    line().says(anEvent(11))
    expect(applied).toEqual([11, 12, 13])
    line().says(anEvent(14))
    expect(applied).toEqual([11, 12, 13, 14, 15])
    expect(fetched).toEqual([])
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

  it('keeps a line on which nothing but pings comes', async () => {
    line().says({ type: 'hello', log_id: 'a', seq: 10 })
    for (let pings = 0; pings < 12; pings++) {
      await vi.advanceTimersByTimeAsync(20_000)
      line().says({ type: 'ping', seq: 10 })
    }
    expect(lines).toHaveLength(1)
    expect(line().closed).toBe(false)
    expect(socket.getState().status).toBe('live')
  })

  it('gives up a line that was opened and never says hello', async () => {
    await vi.advanceTimersByTimeAsync(44_999)
    expect(lines).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(501)
    expect(lines).toHaveLength(2)
  })

  it('heals the gap when the first look at the log failed', async () => {
    line().says({ type: 'hello', log_id: 'a', seq: 10 })
    log = [anEvent(11)]
    failing = 1
    line().says({ type: 'ping', seq: 11 })
    await vi.advanceTimersByTimeAsync(1000)
    expect(applied).toEqual([])
    line().says({ type: 'ping', seq: 11 })
    await vi.advanceTimersByTimeAsync(1000)
    expect(applied).toEqual([11])
    expect(fetched).toEqual([10, 10])
  })

  it('leaves the log alone while nothing is missing', () => {
    line().says({ type: 'hello', log_id: 'a', seq: 10 })
    line().says(anEvent(11))
    line().says({ type: 'ping', seq: 11 })
    expect(vi.getTimerCount()).toBe(1) // the one that watches the line
  })

  it('heals the next gap after one that the log could not fill', async () => {
    socket.noteSeq(12)
    await vi.advanceTimersByTimeAsync(1000)
    expect(fetched).toEqual([10])
    log = [anEvent(11), anEvent(12)]
    socket.noteSeq(12)
    await vi.advanceTimersByTimeAsync(1000)
    expect(applied).toEqual([11, 12])
  })

  it('heals a gap of several pages to its end', async () => {
    log = [11, 12, 13, 14, 15, 16, 17].map(anEvent)
    line().says({ type: 'hello', log_id: 'a', seq: 17 })
    await vi.advanceTimersByTimeAsync(1000)
    expect(fetched).toEqual([10, 13, 16])
    expect(applied).toEqual([11, 12, 13, 14, 15, 16, 17])
  })

  it('gives an event that is still on its way a second before it asks the log', async () => {
    log = [anEvent(11)]
    socket.noteSeq(11)
    await vi.advanceTimersByTimeAsync(999)
    expect(fetched).toEqual([])
    line().says(anEvent(11))
    await vi.advanceTimersByTimeAsync(1000)
    expect(fetched).toEqual([])
    expect(applied).toEqual([11])
  })

  it('asks the log once, however many layers name the gap', async () => {
    log = [anEvent(11)]
    socket.noteSeq(11)
    socket.noteSeq(11)
    line().says({ type: 'ping', seq: 11 })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(fetched).toEqual([10])
  })

  it('asks the log once for a gap that it cannot fill, until somebody names the gap again', async () => {
    socket.noteSeq(11)
    await vi.advanceTimersByTimeAsync(500)
    socket.noteSeq(11)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(fetched).toEqual([10])
  })

  it('does not ask the log again while its answer is under way', async () => {
    let arrive: (events: AlertEvents) => void = () => undefined
    const asked: number[] = []
    socket.stop()
    socket = new AlertsSocket({
      site: 'tan-tao',
      onEvent: ({ seq }) => applied.push(seq),
      onNewLog: () => (newLogs += 1),
      open: (url) => new Line(url) as unknown as WebSocket,
      fetchEvents: (_site, after) => {
        asked.push(after)
        return new Promise((resolve) => (arrive = resolve))
      },
    })
    socket.start(10, 'a')
    socket.noteSeq(11)
    await vi.advanceTimersByTimeAsync(1000)
    socket.noteSeq(11)
    await vi.advanceTimersByTimeAsync(5000)
    expect(asked).toEqual([10])
    arrive({ log_id: 'a', seq: 11, events: [anEvent(11)] })
    await vi.advanceTimersByTimeAsync(0)
    expect(applied).toEqual([11])
  })

  it('finds a later gap while it heals an earlier one', async () => {
    log = [anEvent(11)]
    let heal = 0
    const leave = socket.subscribe(() => {
      if (socket.getState().completeTo === 11 && heal++ === 0) {
        log = [anEvent(11), anEvent(12), anEvent(13)]
        line().says(anEvent(13))
      }
    })
    socket.noteSeq(11)
    await vi.advanceTimersByTimeAsync(1000)
    leave()
    expect(applied).toEqual([11, 12, 13])
    expect(socket.getState()).toMatchObject({ completeTo: 13, knownTo: 13 })
  })

  it('comes back later and later, 15 s at most, and soon again once a line was good', async () => {
    const waits: number[] = []
    for (let round = 0; round < 7; round++) {
      const before = lines.length
      line().breaks()
      let waited = 0
      while (lines.length === before) {
        await vi.advanceTimersByTimeAsync(100)
        waited += 100
      }
      waits.push(waited)
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000])
    line().says({ type: 'hello', log_id: 'a', seq: 10 })
    const good = lines.length
    line().breaks()
    await vi.advanceTimersByTimeAsync(500)
    expect(lines).toHaveLength(good + 1)
  })

  it('spreads the tries of many pages by a quarter either way', async () => {
    random = () => 0
    line().breaks()
    await vi.advanceTimersByTimeAsync(374)
    expect(lines).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(lines).toHaveLength(2)
    random = () => 1
    line().breaks()
    await vi.advanceTimersByTimeAsync(1249)
    expect(lines).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(1)
    expect(lines).toHaveLength(3)
  })

  it('has one line, also when it is started anew: with one open, or waiting to come back', async () => {
    const first = line()
    socket.start(11, 'a')
    expect(first.closed).toBe(true)
    first.breaks()
    expect(socket.getState().status).toBe('starting')
    line().breaks()
    socket.start(12, 'a')
    await vi.advanceTimersByTimeAsync(30_000)
    expect(lines).toHaveLength(3)
    expect(line().closed).toBe(false)
    expect(new URL(line().url).searchParams.get('after')).toBe('12')
  })

  it('tells since when the line is down, over all tries, until a hello', async () => {
    line().says({ type: 'hello', log_id: 'a', seq: 10 })
    expect(socket.getState()).toMatchObject({ status: 'live', downSinceMs: null })
    const brokeAt = Date.now()
    line().breaks()
    await vi.advanceTimersByTimeAsync(500)
    line().breaks()
    expect(socket.getState()).toMatchObject({ status: 'down', downSinceMs: brokeAt })
    await vi.advanceTimersByTimeAsync(1000)
    line().says({ type: 'hello', log_id: 'a', seq: 10 })
    expect(socket.getState()).toMatchObject({ status: 'live', downSinceMs: null })
  })

  it('tries at once when the network or the page comes back, and only when the line is down', async () => {
    line().says({ type: 'hello', log_id: 'a', seq: 10 })
    socket.reconnectNow()
    expect(lines).toHaveLength(1)
    line().breaks()
    socket.reconnectNow()
    expect(lines).toHaveLength(2)
    line().says({ type: 'hello', log_id: 'a', seq: 10 })
    await vi.advanceTimersByTimeAsync(40_000)
    expect(lines).toHaveLength(2)
  })

  it.each([4401, 4403, 1008])('takes the close code %d as final', async (code) => {
    line().breaks(code)
    expect(socket.getState()).toMatchObject({ status: 'denied', downSinceMs: Date.now() })
    socket.reconnectNow()
    await vi.advanceTimersByTimeAsync(600_000)
    expect(lines).toHaveLength(1)
  })

  it('comes back when the server asks it to: restart, recycling, a reader that was too slow', async () => {
    for (const code of [1001, 1012, 1013]) {
      line().breaks(code)
      await vi.advanceTimersByTimeAsync(2500)
      line().says({ type: 'hello', log_id: 'a', seq: 10 })
      expect(socket.getState().status).toBe('live')
    }
    expect(lines).toHaveLength(4)
  })

  it('follows a restored log that is shorter, and asks for nothing of the old one', async () => {
    line().says(anEvent(13))
    line().says({ type: 'hello', log_id: 'restored', seq: 3 })
    expect(newLogs).toBe(1)
    expect(socket.getState().status).toBe('starting')
    socket.stop()
    logId = 'restored'
    socket.start(3, 'restored')
    line().says({ type: 'hello', log_id: 'restored', seq: 3 })
    await vi.advanceTimersByTimeAsync(5000)
    expect(socket.getState()).toMatchObject({ status: 'live', completeTo: 3, knownTo: 3 })
    expect(fetched).toEqual([])
    for (let seq = 4; seq <= 12; seq++) line().says(anEvent(seq))
    expect(applied).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12])
  })

  it('starts over when the log turns out to be another one while a gap is healed', async () => {
    log = [anEvent(11)]
    logId = 'restored'
    socket.noteSeq(11)
    await vi.advanceTimersByTimeAsync(1000)
    expect(newLogs).toBe(1)
    expect(applied).toEqual([])
  })

  it('knows what the poll named before the lists were there', async () => {
    socket.stop()
    socket = new AlertsSocket({
      site: 'tan-tao',
      onEvent: ({ seq }) => applied.push(seq),
      onNewLog: () => (newLogs += 1),
      open: (url) => new Line(url) as unknown as WebSocket,
      fetchEvents: (_site, after) => {
        fetched.push(after)
        return Promise.resolve({ log_id: 'a', seq: 12, events: [anEvent(11), anEvent(12)] })
      },
    })
    socket.noteSeq(12)
    await vi.advanceTimersByTimeAsync(2000)
    expect(fetched).toEqual([])
    socket.start(10, 'a')
    expect(socket.getState()).toMatchObject({ completeTo: 10, knownTo: 12 })
    socket.noteSeq(11)
    expect(socket.getState().knownTo).toBe(12)
    await vi.advanceTimersByTimeAsync(1000)
    expect(applied).toEqual([11, 12])
  })

  it('measures the way of an event that just happened, not of a catch-up', () => {
    vi.setSystemTime(60_000)
    line().says({ type: 'hello', log_id: 'a', seq: 11 })
    line().says(anEvent(11))
    expect(socket.getState().latencyMs).toBeNull()
    line().says({ ...anEvent(12), at: new Date(59_750).toISOString() })
    expect(socket.getState().latencyMs).toBe(250)
    line().says({ ...anEvent(13), at: new Date(61_000).toISOString() })
    expect(socket.getState().latencyMs).toBe(250)
    line().says({ ...anEvent(14), at: new Date(60_000).toISOString() })
    expect(socket.getState().latencyMs).toBe(0)
  })

  it('marks the events of the last minute by their severity', () => {
    expect(socket.getState().marks).toEqual([])
    vi.setSystemTime(60_000)
    line().says({ ...anEvent(11), at: new Date(60_000).toISOString() })
    expect(socket.getState().marks).toEqual([{ atMs: 60_000, severity: anAlert().severity }])
    vi.setSystemTime(124_999)
    line().says({ ...anEvent(12), at: new Date(124_999).toISOString() })
    expect(socket.getState().marks.map(({ atMs }) => atMs)).toEqual([60_000, 124_999])
    vi.setSystemTime(125_000)
    line().says({ ...anEvent(13), at: new Date(125_000).toISOString() })
    expect(socket.getState().marks.map(({ atMs }) => atMs)).toEqual([124_999, 125_000])
  })

  it('ignores frames of kinds it does not know', () => {
    line().says({ type: 'news', seq: 99 })
    expect(socket.getState()).toMatchObject({ completeTo: 10, knownTo: 10 })
  })

  it('is deaf once stopped, and leaves no timer behind', async () => {
    log = [anEvent(11)]
    const first = line()
    first.says({ type: 'hello', log_id: 'a', seq: 11 })
    socket.stop()
    expect(first.closed).toBe(true)
    first.says(anEvent(11))
    first.breaks()
    socket.noteSeq(12)
    expect(vi.getTimerCount()).toBe(0)
    await vi.advanceTimersByTimeAsync(60_000)
    expect([lines.length, applied, fetched]).toEqual([1, [], []])
  })

  it('does not come back when it is stopped while it waits to', async () => {
    line().breaks()
    socket.stop()
    expect(vi.getTimerCount()).toBe(0)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(lines).toHaveLength(1)
  })

  it('remembers over a stop how far the same log goes', () => {
    socket.noteSeq(12)
    socket.stop()
    socket.start(11, 'a')
    expect(socket.getState()).toMatchObject({ completeTo: 11, knownTo: 12 })
  })

  it('heals gaps again after a stop in the middle of waiting for one', async () => {
    socket.noteSeq(11)
    socket.stop()
    log = [anEvent(11)]
    socket.start(10, 'a')
    line().says({ type: 'hello', log_id: 'a', seq: 11 })
    await vi.advanceTimersByTimeAsync(1000)
    expect(applied).toEqual([11])
  })

  it('names the site and the last event it has, on a secure line where the page is secure', () => {
    const url = new URL(line().url)
    expect([url.protocol, url.pathname]).toEqual(['ws:', '/ws/alerts/'])
    expect(Object.fromEntries(url.searchParams)).toEqual({ site: 'tan-tao', after: '10' })
    vi.stubGlobal('location', { protocol: 'https:', host: 'farm.example' })
    line().breaks()
    socket.reconnectNow()
    expect(line().url).toMatch(/^wss:\/\/farm\.example\/ws\/alerts\/\?/)
    vi.unstubAllGlobals()
  })

  it('tells those who listen, and no longer those who have left', () => {
    let told = 0
    const leave = socket.subscribe(() => (told += 1))
    socket.noteSeq(11)
    expect(told).toBe(1)
    socket.noteSeq(11) // nothing new: nothing is told
    expect(told).toBe(1)
    leave()
    socket.noteSeq(12)
    expect(told).toBe(1)
  })

  it('opens the browser’s own socket, and asks the log through the API', async () => {
    const opened: string[] = []
    const asked: URL[] = []
    class BrowserSocket extends Line {
      constructor(url: string) {
        super(url)
        opened.push(url)
      }
    }
    vi.stubGlobal('WebSocket', BrowserSocket)
    vi.stubGlobal('fetch', (request: Request) => {
      asked.push(new URL(request.url))
      return Promise.resolve(Response.json({ log_id: 'a', seq: 11, events: [anEvent(11)] }))
    })
    socket.stop()
    socket = new AlertsSocket({
      site: 'tan-tao',
      onEvent: ({ seq }) => applied.push(seq),
      onNewLog: () => (newLogs += 1),
    })
    socket.start(10, 'a')
    socket.noteSeq(11)
    await vi.advanceTimersByTimeAsync(1000)
    await vi.waitFor(() => expect(applied).toEqual([11]))
    await fetchAlertEvents('tan-tao', 0, 1)
    vi.unstubAllGlobals()
    expect(opened).toEqual([expect.stringMatching(/\/ws\/alerts\/\?site=tan-tao&after=10$/)])
    expect(asked.map(({ pathname }) => pathname)).toEqual(Array(2).fill('/api/v1/alerts/events'))
    expect(asked.map(({ searchParams }) => Object.fromEntries(searchParams))).toEqual([
      { site: 'tan-tao', after: '10', limit: '500' },
      { site: 'tan-tao', after: '0', limit: '1' },
    ])
  })
})
