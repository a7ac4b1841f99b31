import { describe, expect, it, vi } from 'vitest'
import { anAlert } from '@/testing/factories'
import { anEvent, Line, setUpSocket } from '@/testing/alertsSocket'
import { waitFor } from '@/testing/waiting'
import { AlertsSocket, fetchAlertEvents } from './alertsSocket'

describe('the alerts socket', () => {
  const { page, server, line } = setUpSocket()

  it('resumes behind the last event it has', async () => {
    line().says({ type: 'hello', log_id: 'a', seq: 10 })
    line().says(anEvent(11))
    line().breaks()
    await vi.advanceTimersByTimeAsync(1000)
    expect(server.lines).toHaveLength(2)
    expect(new URL(line().url).searchParams.get('after')).toBe('11')
  })

  it('applies nothing twice when a resumed line repeats', () => {
    line().says(anEvent(11))
    line().says(anEvent(11))
    line().says(anEvent(10))
    line().says(anEvent(12))
    expect(page.applied).toEqual([11, 12])
  })

  it('starts over when the log is another one', () => {
    line().says({ type: 'hello', log_id: 'restored', seq: 3 })
    expect(page.newLogs).toBe(1)
  })

  it('gives a silent line up', async () => {
    line().says({ type: 'hello', log_id: 'a', seq: 10 })
    const first = line()
    await vi.advanceTimersByTimeAsync(45_000)
    expect(first.closed).toBe(true)
    await vi.advanceTimersByTimeAsync(1000)
    expect(server.lines).toHaveLength(2)
  })

  it('does not come back when the server denies it', async () => {
    line().breaks(4401)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(server.lines).toHaveLength(1)
    expect(page.socket.getState().status).toBe('denied')
  })

  it('keeps a line on which nothing but pings comes', async () => {
    line().says({ type: 'hello', log_id: 'a', seq: 10 })
    for (let pings = 0; pings < 12; pings++) {
      await vi.advanceTimersByTimeAsync(20_000)
      line().says({ type: 'ping', seq: 10 })
    }
    expect(server.lines).toHaveLength(1)
    expect(line().closed).toBe(false)
    expect(page.socket.getState().status).toBe('live')
  })

  it('gives up a line that was opened and never says hello', async () => {
    await vi.advanceTimersByTimeAsync(44_999)
    expect(server.lines).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(501)
    expect(server.lines).toHaveLength(2)
  })

  it('comes back later and later, 15 s at most, and soon again once a line was good', async () => {
    const waits: number[] = []
    for (let round = 0; round < 7; round++) {
      const before = server.lines.length
      line().breaks()
      let waited = 0
      while (server.lines.length === before) {
        await vi.advanceTimersByTimeAsync(100)
        waited += 100
      }
      waits.push(waited)
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000])
    line().says({ type: 'hello', log_id: 'a', seq: 10 })
    const good = server.lines.length
    line().breaks()
    await vi.advanceTimersByTimeAsync(500)
    expect(server.lines).toHaveLength(good + 1)
  })

  it('spreads the tries of many pages by a quarter either way', async () => {
    page.random = () => 0
    line().breaks()
    await vi.advanceTimersByTimeAsync(374)
    expect(server.lines).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(server.lines).toHaveLength(2)
    page.random = () => 1
    line().breaks()
    await vi.advanceTimersByTimeAsync(1249)
    expect(server.lines).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(1)
    expect(server.lines).toHaveLength(3)
  })

  it('has one line, also when it is started anew: with one open, or waiting to come back', async () => {
    const first = line()
    page.socket.start(11, 'a')
    expect(first.closed).toBe(true)
    first.breaks()
    expect(page.socket.getState().status).toBe('starting')
    line().breaks()
    page.socket.start(12, 'a')
    await vi.advanceTimersByTimeAsync(30_000)
    expect(server.lines).toHaveLength(3)
    expect(line().closed).toBe(false)
    expect(new URL(line().url).searchParams.get('after')).toBe('12')
  })

  it('tells since when the line is down, over all tries, until a hello', async () => {
    line().says({ type: 'hello', log_id: 'a', seq: 10 })
    expect(page.socket.getState()).toMatchObject({ status: 'live', downSinceMs: null })
    const brokeAt = Date.now()
    line().breaks()
    await vi.advanceTimersByTimeAsync(500)
    line().breaks()
    expect(page.socket.getState()).toMatchObject({ status: 'down', downSinceMs: brokeAt })
    await vi.advanceTimersByTimeAsync(1000)
    line().says({ type: 'hello', log_id: 'a', seq: 10 })
    expect(page.socket.getState()).toMatchObject({ status: 'live', downSinceMs: null })
  })

  it('tries at once when the network or the page comes back, and only when the line is down', async () => {
    line().says({ type: 'hello', log_id: 'a', seq: 10 })
    page.socket.reconnectNow()
    expect(server.lines).toHaveLength(1)
    line().breaks()
    page.socket.reconnectNow()
    expect(server.lines).toHaveLength(2)
    line().says({ type: 'hello', log_id: 'a', seq: 10 })
    await vi.advanceTimersByTimeAsync(40_000)
    expect(server.lines).toHaveLength(2)
  })

  it.each([4401, 4403, 1008])('takes the close code %d as final', async (code) => {
    line().breaks(code)
    expect(page.socket.getState()).toMatchObject({ status: 'denied', downSinceMs: Date.now() })
    page.socket.reconnectNow()
    await vi.advanceTimersByTimeAsync(600_000)
    expect(server.lines).toHaveLength(1)
  })

  it('comes back when the server asks it to: restart, recycling, a reader that was too slow', async () => {
    for (const code of [1001, 1012, 1013]) {
      line().breaks(code)
      await vi.advanceTimersByTimeAsync(2500)
      line().says({ type: 'hello', log_id: 'a', seq: 10 })
      expect(page.socket.getState().status).toBe('live')
    }
    expect(server.lines).toHaveLength(4)
  })

  it('follows a restored log that is shorter, and asks for nothing of the old one', async () => {
    line().says(anEvent(13))
    line().says({ type: 'hello', log_id: 'restored', seq: 3 })
    expect(page.newLogs).toBe(1)
    expect(page.socket.getState().status).toBe('starting')
    page.socket.stop()
    server.logId = 'restored'
    page.socket.start(3, 'restored')
    line().says({ type: 'hello', log_id: 'restored', seq: 3 })
    await vi.advanceTimersByTimeAsync(5000)
    expect(page.socket.getState()).toMatchObject({ status: 'live', completeTo: 3, knownTo: 3 })
    expect(server.fetched).toEqual([])
    for (let seq = 4; seq <= 12; seq++) line().says(anEvent(seq))
    expect(page.applied).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12])
  })

  it('measures from sending to drawing, not the waiting of the rule, and not a catch-up', () => {
    vi.setSystemTime(600_000)
    line().says({ type: 'hello', log_id: 'a', seq: 11 })
    line().says({ ...anEvent(11), sent_ms: 1 })
    expect(page.drawings).toEqual([])
    line().says({ ...anEvent(12), at: new Date(300_000).toISOString(), sent_ms: 599_900 })
    line().says({ ...anEvent(13), sent_ms: 599_990 })
    expect(page.socket.getState().latencyMs).toBeNull()
    vi.setSystemTime(600_050)
    for (const drawn of page.drawings.splice(0)) drawn()
    expect(page.socket.getState().latencyMs).toBe(150)
    line().says({ ...anEvent(14), sent_ms: 601_000 })
    for (const drawn of page.drawings.splice(0)) drawn()
    expect(page.socket.getState().latencyMs).toBe(0)
  })

  it('marks the events of the last minute by their severity', () => {
    expect(page.socket.getState().marks).toEqual([])
    vi.setSystemTime(60_000)
    line().says({ ...anEvent(11), at: new Date(60_000).toISOString() })
    expect(page.socket.getState().marks).toEqual([{ atMs: 60_000, severity: anAlert().severity }])
    vi.setSystemTime(124_999)
    line().says({ ...anEvent(12), at: new Date(124_999).toISOString() })
    expect(page.socket.getState().marks.map(({ atMs }) => atMs)).toEqual([60_000, 124_999])
    vi.setSystemTime(125_000)
    line().says({ ...anEvent(13), at: new Date(125_000).toISOString() })
    expect(page.socket.getState().marks.map(({ atMs }) => atMs)).toEqual([124_999, 125_000])
  })

  it('ignores frames of kinds it does not know', () => {
    line().says({ type: 'news', seq: 99 })
    expect(page.socket.getState()).toMatchObject({ completeTo: 10, knownTo: 10 })
  })

  it('is deaf once stopped, and leaves no timer behind', async () => {
    server.log = [anEvent(11)]
    const first = line()
    first.says({ type: 'hello', log_id: 'a', seq: 11 })
    page.socket.stop()
    expect(first.closed).toBe(true)
    first.says(anEvent(11))
    first.breaks()
    page.socket.noteSeq(12)
    expect(vi.getTimerCount()).toBe(0)
    await vi.advanceTimersByTimeAsync(60_000)
    expect([server.lines.length, page.applied, server.fetched]).toEqual([1, [], []])
  })

  it('does not come back when it is stopped while it waits to', async () => {
    line().breaks()
    page.socket.stop()
    expect(vi.getTimerCount()).toBe(0)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(server.lines).toHaveLength(1)
  })

  it('names the site and the last event it has, on a secure line where the page is secure', () => {
    const url = new URL(line().url)
    expect([url.protocol, url.pathname]).toEqual(['ws:', '/ws/alerts/'])
    expect(Object.fromEntries(url.searchParams)).toEqual({ site: 'tan-tao', after: '10' })
    vi.stubGlobal('location', { protocol: 'https:', host: 'farm.example' })
    line().breaks()
    page.socket.reconnectNow()
    expect(line().url).toMatch(/^wss:\/\/farm\.example\/ws\/alerts\/\?/)
    vi.unstubAllGlobals()
  })

  it('tells those who listen, and no longer those who have left', () => {
    let told = 0
    const leave = page.socket.subscribe(() => (told += 1))
    page.socket.noteSeq(11)
    expect(told).toBe(1)
    page.socket.noteSeq(11) // nothing new: nothing is told
    expect(told).toBe(1)
    leave()
    page.socket.noteSeq(12)
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
    page.socket.stop()
    page.socket = new AlertsSocket({
      site: 'tan-tao',
      onEvent: ({ seq }) => page.applied.push(seq),
      onNewLog: () => (page.newLogs += 1),
    })
    page.socket.start(10, 'a')
    page.socket.noteSeq(11)
    await vi.advanceTimersByTimeAsync(1000)
    await waitFor(() => expect(page.applied).toEqual([11]))
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
