import { describe, expect, it, vi } from 'vitest'
import { aSnapshot, brings, isDown, refuses, setHidden, setUpPoll, waitOf } from '@/testing/poll'

describe('the poll', () => {
  const { page, server, isSilent, kinds, pass } = setUpPoll()

  it('rests while the page is hidden and catches up at once when it is shown', async () => {
    page.poll.start()
    await pass(0)
    setHidden(true)
    expect(vi.getTimerCount()).toBe(0)
    await pass(60_000)
    expect(server.askedAt).toHaveLength(1)
    setHidden(false)
    await pass(0)
    expect(server.askedAt).toHaveLength(2)
  })

  it('tells since when nothing answers, over all tries', async () => {
    server.answer = isDown
    page.poll.start()
    await pass(10_000)
    expect(page.poll.getState()).toMatchObject({ status: 'failing', failingSinceMs: 1_000_000 })
  })

  it('counts a poll without an answer as failed, so that old values do not look fresh', async () => {
    page.poll.start()
    await pass(0)
    server.answer = isSilent
    await pass(5000)
    expect(server.askedAt).toHaveLength(2)
    await pass(7999)
    expect(page.poll.getState().status).toBe('ok')
    await pass(1)
    expect(page.poll.getState().status).toBe('failing')
    server.answer = brings()
    await pass(1000)
    expect(page.poll.getState().status).toBe('ok')
  })

  it('does not give up an answer that came in time', async () => {
    page.poll.start()
    await pass(9000)
    expect(server.signals[0]?.aborted).toBe(false)
  })

  it('asks nothing while hidden: not at the start, not by a running timer, not when the network is back', async () => {
    setHidden(true)
    page.poll.start()
    window.dispatchEvent(new Event('online'))
    await pass(60_000)
    expect(server.askedAt).toEqual([])
    setHidden(false)
    await pass(4000)
    setHidden(true)
    await pass(60_000)
    expect(server.askedAt).toHaveLength(1)
  })

  it('asks nothing after an answer that came while the page was hidden', async () => {
    let arrive: (response: Response) => void = () => undefined
    server.answer = () => new Promise((resolve) => (arrive = resolve))
    page.poll.start()
    setHidden(true)
    arrive(Response.json(aSnapshot()))
    await pass(60_000)
    expect(page.poll.getState().status).toBe('ok')
    expect(server.askedAt).toHaveLength(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each([401, 403, 404])('takes %d as a refusal for good, not as an outage', async (status) => {
    page.poll.start()
    await pass(0)
    server.answer = refuses(status)
    await pass(5000)
    expect(page.poll.getState()).toMatchObject({ status: 'denied', deniedBy: status, retryAtMs: null })
    expect(vi.getTimerCount()).toBe(0)
    setHidden(true)
    setHidden(false)
    window.dispatchEvent(new Event('online'))
    await pass(600_000)
    expect(server.askedAt).toHaveLength(2)
  })

  it.each([400, 429, 500, 503])('takes %d as an outage that passes', async (status) => {
    server.answer = refuses(status)
    page.poll.start()
    await pass(0)
    expect(page.poll.getState()).toMatchObject({
      status: 'failing',
      deniedBy: null,
      failingSinceMs: 1_000_000,
    })
    server.answer = brings()
    await pass(1000)
    expect(page.poll.getState()).toMatchObject({
      status: 'ok',
      failingSinceMs: null,
      retryAtMs: null,
      lastOkMs: 1_001_000,
    })
  })

  it('asks after an outage for what changed since the last good answer', async () => {
    server.answer = brings({}, { headers: { ETag: '"e.1"' } })
    page.poll.start()
    await pass(0)
    server.answer = brings({ cursor: 'e.9' }, { status: 502, headers: { ETag: '"e.9"' } })
    await pass(5000)
    expect(page.seen).toHaveLength(1)
    server.answer = brings({ cursor: 'e.2', full: false })
    await pass(1000)
    expect(server.asked[2]?.url.searchParams.get('since')).toBe('e.1')
    expect(server.asked[2]?.headers.get('If-None-Match')).toBe('"e.1"')
  })

  it('backs off to 15 s at most, and begins at 1 s again after an answer', async () => {
    server.answer = isDown
    page.poll.start()
    const waits: number[] = []
    for (let round = 0; round < 6; round++) {
      await pass(waits.at(-1) ?? 0)
      waits.push(waitOf(page.poll.getState()))
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 15_000, 15_000])
    expect(server.askedAt).toHaveLength(6)
    server.answer = brings()
    await pass(15_000)
    server.answer = isDown
    await pass(5000)
    expect(waitOf(page.poll.getState())).toBe(1000)
  })

  it('spreads the tries of many pages by a quarter either way', async () => {
    server.answer = isDown
    page.random = () => 0
    page.poll.start()
    await pass(0)
    expect(waitOf(page.poll.getState())).toBe(750)
    page.random = () => 1
    await pass(750)
    expect(waitOf(page.poll.getState())).toBe(2500)
  })

  it('fails at once when the browser loses its network, and asks at once when that is back', async () => {
    page.poll.start()
    await pass(100)
    server.answer = isDown
    window.dispatchEvent(new Event('offline'))
    expect(page.poll.getState()).toMatchObject({ status: 'failing', failingSinceMs: 1_000_100 })
    server.answer = brings()
    window.dispatchEvent(new Event('online'))
    await pass(0)
    expect(page.poll.getState().status).toBe('ok')
    expect(server.askedAt).toEqual([1_000_000, 1_000_100])
  })

  it('gives an outstanding request up when the network is lost, and counts that once', async () => {
    server.answer = isSilent
    page.poll.start()
    window.dispatchEvent(new Event('offline'))
    await pass(0)
    expect(kinds()).toEqual(['failed'])
  })

  it('is quiet once stopped: no request, no failure, no timer', async () => {
    page.poll.start()
    await pass(0)
    server.answer = isSilent
    await pass(5000)
    page.poll.stop()
    await pass(0)
    page.poll.pollNow()
    setHidden(true)
    setHidden(false)
    window.dispatchEvent(new Event('online'))
    window.dispatchEvent(new Event('offline'))
    await pass(60_000)
    expect(server.askedAt).toHaveLength(2)
    expect(server.signals[1]?.aborted).toBe(true)
    expect(page.poll.getState().status).toBe('ok')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('leaves no timer and no listener on the page once stopped', async () => {
    const listening = new Set<string>()
    for (const place of [document, window]) {
      vi.spyOn(place, 'addEventListener').mockImplementation((kind: string) => listening.add(kind))
      vi.spyOn(place, 'removeEventListener').mockImplementation((kind: string) => listening.delete(kind))
    }
    page.poll.start()
    await pass(0)
    expect([...listening].sort()).toEqual(['offline', 'online', 'visibilitychange'])
    page.poll.stop()
    vi.restoreAllMocks()
    expect([...listening]).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('does not count a request that a stop gave up as a failure of the next start', async () => {
    server.answer = isSilent
    page.poll.start()
    page.poll.stop()
    server.answer = brings()
    page.poll.start()
    await pass(4999)
    expect(kinds()).toEqual(['new'])
    expect(server.askedAt).toHaveLength(2)
    expect(vi.getTimerCount()).toBe(1)
  })
})
