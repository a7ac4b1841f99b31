import { describe, expect, it, vi } from 'vitest'
import { anEvent, Line, setUpSocket } from '@/testing/alertsSocket'
import { AlertsSocket } from './alertsSocket'
import type { AlertEvents } from '../api/types'

describe('the alerts socket', () => {
  const { page, server, line } = setUpSocket()

  it('keeps an event that came too early and heals the gap from the log', async () => {
    server.log = [anEvent(11), anEvent(12), anEvent(13)]
    line().says(anEvent(13))
    expect(page.applied).toEqual([])
    await vi.advanceTimersByTimeAsync(1000)
    expect(server.fetched).toEqual([10])
    expect(page.applied).toEqual([11, 12, 13])
    expect(page.socket.getState().completeTo).toBe(13)
  })

  it('applies at once, in order, what came too early when what was missing arrives after all', () => {
    line().says(anEvent(15))
    line().says(anEvent(12))
    line().says(anEvent(13))
    line().says(anEvent(11))
    expect(page.applied).toEqual([11, 12, 13])
    line().says(anEvent(14))
    expect(page.applied).toEqual([11, 12, 13, 14, 15])
    expect(server.fetched).toEqual([])
  })

  it('finds by a ping what was lost in silence', async () => {
    server.log = [anEvent(11)]
    line().says({ type: 'ping', seq: 11 })
    await vi.advanceTimersByTimeAsync(1000)
    expect(page.applied).toEqual([11])
  })

  it('finds by the poll what was lost, also without a line', async () => {
    line().breaks()
    server.log = [anEvent(11), anEvent(12)]
    page.socket.noteSeq(12)
    await vi.advanceTimersByTimeAsync(1000)
    expect(page.applied).toEqual([11, 12])
  })

  it('heals the gap when the first look at the log failed', async () => {
    line().says({ type: 'hello', log_id: 'a', seq: 10 })
    server.log = [anEvent(11)]
    server.failing = 1
    line().says({ type: 'ping', seq: 11 })
    await vi.advanceTimersByTimeAsync(1000)
    expect(page.applied).toEqual([])
    line().says({ type: 'ping', seq: 11 })
    await vi.advanceTimersByTimeAsync(1000)
    expect(page.applied).toEqual([11])
    expect(server.fetched).toEqual([10, 10])
  })

  it('leaves the log alone while nothing is missing', () => {
    line().says({ type: 'hello', log_id: 'a', seq: 10 })
    line().says(anEvent(11))
    line().says({ type: 'ping', seq: 11 })
    expect(vi.getTimerCount()).toBe(1) // the one that watches the line
  })

  it('heals the next gap after one that the log could not fill', async () => {
    page.socket.noteSeq(12)
    await vi.advanceTimersByTimeAsync(1000)
    expect(server.fetched).toEqual([10])
    server.log = [anEvent(11), anEvent(12)]
    page.socket.noteSeq(12)
    await vi.advanceTimersByTimeAsync(1000)
    expect(page.applied).toEqual([11, 12])
  })

  it('heals a gap of several pages to its end', async () => {
    server.log = [11, 12, 13, 14, 15, 16, 17].map(anEvent)
    line().says({ type: 'hello', log_id: 'a', seq: 17 })
    await vi.advanceTimersByTimeAsync(1000)
    expect(server.fetched).toEqual([10, 13, 16])
    expect(page.applied).toEqual([11, 12, 13, 14, 15, 16, 17])
  })

  it('gives an event that is still on its way a second before it asks the log', async () => {
    server.log = [anEvent(11)]
    page.socket.noteSeq(11)
    await vi.advanceTimersByTimeAsync(999)
    expect(server.fetched).toEqual([])
    line().says(anEvent(11))
    await vi.advanceTimersByTimeAsync(1000)
    expect(server.fetched).toEqual([])
    expect(page.applied).toEqual([11])
  })

  it('asks the log once, however many layers name the gap', async () => {
    server.log = [anEvent(11)]
    page.socket.noteSeq(11)
    page.socket.noteSeq(11)
    line().says({ type: 'ping', seq: 11 })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(server.fetched).toEqual([10])
  })

  it('asks the log once for a gap that it cannot fill, until somebody names the gap again', async () => {
    page.socket.noteSeq(11)
    await vi.advanceTimersByTimeAsync(500)
    page.socket.noteSeq(11)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(server.fetched).toEqual([10])
  })

  it('does not ask the log again while its answer is under way', async () => {
    let arrive: (events: AlertEvents) => void = () => undefined
    const asked: number[] = []
    page.socket.stop()
    page.socket = new AlertsSocket({
      site: 'tan-tao',
      onEvent: ({ seq }) => page.applied.push(seq),
      onNewLog: () => (page.newLogs += 1),
      open: (url) => new Line(url) as unknown as WebSocket,
      fetchEvents: (_site, after) => {
        asked.push(after)
        return new Promise((resolve) => (arrive = resolve))
      },
    })
    page.socket.start(10, 'a')
    page.socket.noteSeq(11)
    await vi.advanceTimersByTimeAsync(1000)
    page.socket.noteSeq(11)
    await vi.advanceTimersByTimeAsync(5000)
    expect(asked).toEqual([10])
    arrive({ log_id: 'a', seq: 11, events: [anEvent(11)] })
    await vi.advanceTimersByTimeAsync(0)
    expect(page.applied).toEqual([11])
  })

  it('finds a later gap while it heals an earlier one', async () => {
    server.log = [anEvent(11)]
    let heal = 0
    const leave = page.socket.subscribe(() => {
      if (page.socket.getState().completeTo === 11 && heal++ === 0) {
        server.log = [anEvent(11), anEvent(12), anEvent(13)]
        line().says(anEvent(13))
      }
    })
    page.socket.noteSeq(11)
    await vi.advanceTimersByTimeAsync(1000)
    leave()
    expect(page.applied).toEqual([11, 12, 13])
    expect(page.socket.getState()).toMatchObject({ completeTo: 13, knownTo: 13 })
  })

  it('starts over when the log turns out to be another one while a gap is healed', async () => {
    server.log = [anEvent(11)]
    server.logId = 'restored'
    page.socket.noteSeq(11)
    await vi.advanceTimersByTimeAsync(1000)
    expect(page.newLogs).toBe(1)
    expect(page.applied).toEqual([])
  })

  it('knows what the poll named before the lists were there', async () => {
    page.socket.stop()
    page.socket = new AlertsSocket({
      site: 'tan-tao',
      onEvent: ({ seq }) => page.applied.push(seq),
      onNewLog: () => (page.newLogs += 1),
      open: (url) => new Line(url) as unknown as WebSocket,
      fetchEvents: (_site, after) => {
        server.fetched.push(after)
        return Promise.resolve({ log_id: 'a', seq: 12, events: [anEvent(11), anEvent(12)] })
      },
    })
    page.socket.noteSeq(12)
    await vi.advanceTimersByTimeAsync(2000)
    expect(server.fetched).toEqual([])
    page.socket.start(10, 'a')
    expect(page.socket.getState()).toMatchObject({ completeTo: 10, knownTo: 12 })
    page.socket.noteSeq(11)
    expect(page.socket.getState().knownTo).toBe(12)
    await vi.advanceTimersByTimeAsync(1000)
    expect(page.applied).toEqual([11, 12])
  })

  it('remembers over a stop how far the same log goes', () => {
    page.socket.noteSeq(12)
    page.socket.stop()
    page.socket.start(11, 'a')
    expect(page.socket.getState()).toMatchObject({ completeTo: 11, knownTo: 12 })
  })

  it('heals gaps again after a stop in the middle of waiting for one', async () => {
    page.socket.noteSeq(11)
    page.socket.stop()
    server.log = [anEvent(11)]
    page.socket.start(10, 'a')
    line().says({ type: 'hello', log_id: 'a', seq: 11 })
    await vi.advanceTimersByTimeAsync(1000)
    expect(page.applied).toEqual([11])
  })
})
