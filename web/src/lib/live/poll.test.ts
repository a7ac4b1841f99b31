import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Snapshot } from '../api/types'
import { forgetServerTime, serverNow } from './clock'
import { SnapshotPoll, type PollState } from './poll'

function aSnapshot(change: Partial<Snapshot> = {}): Snapshot {
  return { cursor: 'e.1', next_poll_ms: 5000, full: true, alerts_seq: 7, series: [[1, 1000, 8.6]], ...change }
}

/** From the failure, the newest mark, to the next try. */
function waitOf({ retryAtMs, marks }: PollState): number {
  return (retryAtMs ?? 0) - (marks.at(-1)?.atMs ?? 0)
}

function setHidden(hidden: boolean): void {
  Object.defineProperty(document, 'hidden', { configurable: true, value: hidden })
  document.dispatchEvent(new Event('visibilitychange'))
}

/** Against a server that answers from memory, so that minutes pass in no time. */
describe('the poll', () => {
  let poll: SnapshotPoll
  let askedAt: number[]
  let asked: { url: URL; headers: Headers }[]
  let seen: Snapshot[]
  let signals: (AbortSignal | null | undefined)[]
  let answer: () => Promise<Response>
  let random: () => number

  const brings =
    (change: Partial<Snapshot> = {}, init?: ResponseInit) =>
    () =>
      Promise.resolve(Response.json(aSnapshot(change), init))
  const refuses = (status: number) => () => Promise.resolve(Response.json({ code: 'denied' }, { status }))
  const isDown = () => Promise.reject(new TypeError('Failed to fetch'))
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)
  const kinds = () => poll.getState().marks.map(({ kind }) => kind)

  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 })
    forgetServerTime()
    askedAt = []
    asked = []
    seen = []
    signals = []
    answer = brings()
    random = () => 0.5
    poll = new SnapshotPoll({
      site: 'tan-tao',
      onSnapshot: (snapshot) => seen.push(snapshot),
      random: () => random(),
      fetch: (url, init) => {
        askedAt.push(Date.now())
        asked.push({ url: new URL(url as string, window.location.href), headers: new Headers(init?.headers) })
        signals.push(init?.signal)
        return answer()
      },
    })
  })

  afterEach(() => {
    poll.stop()
    setHidden(false)
    vi.useRealTimers()
  })

  /** Never answers; gives up only when the page does. */
  const isSilent = () =>
    new Promise<Response>((_, reject) => {
      signals.at(-1)?.addEventListener('abort', () => reject(new DOMException('', 'AbortError')))
    })

  it('keeps the server’s doubt about its clock over answers that say nothing new, until one is without it', async () => {
    const clock = { doubt: 'stepped', expected_ms: 1000, shown_ms: 3_601_000 } as const
    answer = brings({ clock })
    poll.start()
    await pass(0)
    expect(poll.getState().clockDoubt).toEqual(clock)
    answer = () => Promise.resolve(new Response(null, { status: 304 }))
    await pass(5000)
    expect(poll.getState().clockDoubt).toEqual(clock)
    answer = brings()
    await pass(5000)
    expect(poll.getState().clockDoubt).toBeNull()
  })

  it('asks for what changed since the last answer and shows its ETag', async () => {
    answer = brings({}, { headers: { ETag: '"e.1"' } })
    poll.start()
    await pass(0)
    answer = brings({ cursor: 'e.2', full: false })
    await pass(5000)
    expect(asked[0]?.url.search).toBe('')
    expect(asked[1]?.url.searchParams.get('since')).toBe('e.1')
    expect(asked[1]?.headers.get('If-None-Match')).toBe('"e.1"')
    expect(seen.map(({ cursor }) => cursor)).toEqual(['e.1', 'e.2'])
  })

  it('takes a 304 as an answer: nothing new, but the line is alive', async () => {
    poll.start()
    await pass(0)
    answer = () => Promise.resolve(new Response(null, { status: 304 }))
    await pass(5000)
    expect(seen).toHaveLength(1)
    expect(poll.getState()).toMatchObject({ status: 'ok', lastOkMs: 1_005_000 })
    expect(kinds()).toEqual(['new', 'same'])
  })

  it('comes back when the server says so', async () => {
    answer = brings({ next_poll_ms: 30_000 })
    poll.start()
    await pass(29_999)
    expect(askedAt).toHaveLength(1)
    await pass(1)
    expect(askedAt).toHaveLength(2)
  })

  it('rests while the page is hidden and catches up at once when it is shown', async () => {
    poll.start()
    await pass(0)
    setHidden(true)
    expect(vi.getTimerCount()).toBe(0)
    await pass(60_000)
    expect(askedAt).toHaveLength(1)
    setHidden(false)
    await pass(0)
    expect(askedAt).toHaveLength(2)
  })

  it('tells since when nothing answers, over all tries', async () => {
    answer = isDown
    poll.start()
    await pass(10_000)
    expect(poll.getState()).toMatchObject({ status: 'failing', failingSinceMs: 1_000_000 })
  })

  it('learns the server’s clock from the answers, and tells times by it', async () => {
    answer = () => brings({}, { headers: { 'Server-Time-Ms': String(Date.now() + 90_000) } })()
    poll.start()
    await pass(0)
    expect(serverNow()).toBe(1_090_000)
    expect(poll.getState().lastOkMs).toBe(1_090_000)
  })

  it('counts a poll without an answer as failed, so that old values do not look fresh', async () => {
    poll.start()
    await pass(0)
    answer = isSilent
    await pass(5000)
    expect(askedAt).toHaveLength(2)
    await pass(7999)
    expect(poll.getState().status).toBe('ok')
    await pass(1)
    expect(poll.getState().status).toBe('failing')
    answer = brings()
    await pass(1000)
    expect(poll.getState().status).toBe('ok')
  })

  it('does not give up an answer that came in time', async () => {
    poll.start()
    await pass(9000)
    expect(signals[0]?.aborted).toBe(false)
  })

  it('asks nothing while hidden: not at the start, not by a running timer, not when the network is back', async () => {
    setHidden(true)
    poll.start()
    window.dispatchEvent(new Event('online'))
    await pass(60_000)
    expect(askedAt).toEqual([])
    setHidden(false)
    await pass(4000)
    setHidden(true)
    await pass(60_000)
    expect(askedAt).toHaveLength(1)
  })

  it('asks nothing after an answer that came while the page was hidden', async () => {
    let arrive: (response: Response) => void = () => undefined
    answer = () => new Promise((resolve) => (arrive = resolve))
    poll.start()
    setHidden(true)
    arrive(Response.json(aSnapshot()))
    await pass(60_000)
    expect(poll.getState().status).toBe('ok')
    expect(askedAt).toHaveLength(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each([401, 403, 404])('takes %d as a refusal for good, not as an outage', async (status) => {
    poll.start()
    await pass(0)
    answer = refuses(status)
    await pass(5000)
    expect(poll.getState()).toMatchObject({ status: 'denied', deniedBy: status, retryAtMs: null })
    expect(vi.getTimerCount()).toBe(0)
    setHidden(true)
    setHidden(false)
    window.dispatchEvent(new Event('online'))
    await pass(600_000)
    expect(askedAt).toHaveLength(2)
  })

  it.each([400, 429, 500, 503])('takes %d as an outage that passes', async (status) => {
    answer = refuses(status)
    poll.start()
    await pass(0)
    expect(poll.getState()).toMatchObject({ status: 'failing', deniedBy: null, failingSinceMs: 1_000_000 })
    answer = brings()
    await pass(1000)
    expect(poll.getState()).toMatchObject({
      status: 'ok',
      failingSinceMs: null,
      retryAtMs: null,
      lastOkMs: 1_001_000,
    })
  })

  it('asks after an outage for what changed since the last good answer', async () => {
    answer = brings({}, { headers: { ETag: '"e.1"' } })
    poll.start()
    await pass(0)
    answer = brings({ cursor: 'e.9' }, { status: 502, headers: { ETag: '"e.9"' } })
    await pass(5000)
    expect(seen).toHaveLength(1)
    answer = brings({ cursor: 'e.2', full: false })
    await pass(1000)
    expect(asked[2]?.url.searchParams.get('since')).toBe('e.1')
    expect(asked[2]?.headers.get('If-None-Match')).toBe('"e.1"')
  })

  it('backs off to 15 s at most, and begins at 1 s again after an answer', async () => {
    answer = isDown
    poll.start()
    const waits: number[] = []
    for (let round = 0; round < 6; round++) {
      await pass(waits.at(-1) ?? 0)
      waits.push(waitOf(poll.getState()))
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 15_000, 15_000])
    expect(askedAt).toHaveLength(6)
    answer = brings()
    await pass(15_000)
    answer = isDown
    await pass(5000)
    expect(waitOf(poll.getState())).toBe(1000)
  })

  it('spreads the tries of many pages by a quarter either way', async () => {
    answer = isDown
    random = () => 0
    poll.start()
    await pass(0)
    expect(waitOf(poll.getState())).toBe(750)
    random = () => 1
    await pass(750)
    expect(waitOf(poll.getState())).toBe(2500)
  })

  it('fails at once when the browser loses its network, and asks at once when that is back', async () => {
    poll.start()
    await pass(100)
    answer = isDown
    window.dispatchEvent(new Event('offline'))
    expect(poll.getState()).toMatchObject({ status: 'failing', failingSinceMs: 1_000_100 })
    answer = brings()
    window.dispatchEvent(new Event('online'))
    await pass(0)
    expect(poll.getState().status).toBe('ok')
    expect(askedAt).toEqual([1_000_000, 1_000_100])
  })

  it('gives an outstanding request up when the network is lost, and counts that once', async () => {
    answer = isSilent
    poll.start()
    window.dispatchEvent(new Event('offline'))
    await pass(0)
    expect(kinds()).toEqual(['failed'])
  })

  it('never has two requests under way', async () => {
    answer = isSilent
    poll.start()
    poll.start()
    poll.pollNow()
    await pass(7000)
    expect(askedAt).toHaveLength(1)
  })

  it('is quiet once stopped: no request, no failure, no timer', async () => {
    poll.start()
    await pass(0)
    answer = isSilent
    await pass(5000)
    poll.stop()
    await pass(0)
    poll.pollNow()
    setHidden(true)
    setHidden(false)
    window.dispatchEvent(new Event('online'))
    window.dispatchEvent(new Event('offline'))
    await pass(60_000)
    expect(askedAt).toHaveLength(2)
    expect(signals[1]?.aborted).toBe(true)
    expect(poll.getState().status).toBe('ok')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('leaves no timer and no listener on the page once stopped', async () => {
    const listening = new Set<string>()
    for (const place of [document, window]) {
      vi.spyOn(place, 'addEventListener').mockImplementation((kind: string) => listening.add(kind))
      vi.spyOn(place, 'removeEventListener').mockImplementation((kind: string) => listening.delete(kind))
    }
    poll.start()
    await pass(0)
    expect([...listening].sort()).toEqual(['offline', 'online', 'visibilitychange'])
    poll.stop()
    vi.restoreAllMocks()
    expect([...listening]).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('does not count a request that a stop gave up as a failure of the next start', async () => {
    answer = isSilent
    poll.start()
    poll.stop()
    answer = brings()
    poll.start()
    await pass(4999)
    expect(kinds()).toEqual(['new'])
    expect(askedAt).toHaveLength(2)
    expect(vi.getTimerCount()).toBe(1)
  })

  it('does not ask anew when it is started a second time', async () => {
    poll.start()
    await pass(1000)
    poll.start()
    await pass(0)
    expect(askedAt).toEqual([1_000_000])
  })

  it('knows nothing before the first answer, and asks with the browser’s own fetch', async () => {
    const asking = vi.fn<typeof fetch>(() => answer())
    vi.stubGlobal('fetch', asking)
    poll = new SnapshotPoll({ site: 'tan-tao', onSnapshot: () => undefined })
    expect(poll.getState()).toMatchObject({ status: 'starting', lastOkMs: null, marks: [] })
    poll.start()
    await pass(0)
    vi.unstubAllGlobals()
    expect(asking.mock.calls.map(([url]) => url)).toEqual(['/api/v1/sites/tan-tao/snapshot'])
    expect(poll.getState().status).toBe('ok')
  })

  it('waits a whole period from an asking in between', async () => {
    poll.start()
    await pass(3000)
    poll.pollNow()
    await pass(4999)
    expect(askedAt).toEqual([1_000_000, 1_003_000])
    await pass(1)
    expect(askedAt).toEqual([1_000_000, 1_003_000, 1_008_000])
  })

  it('marks what an answer brought, and forgets marks when they have left the lanes', async () => {
    poll.start()
    await pass(0)
    answer = brings({ series: [] })
    await pass(5000)
    answer = async () => {
      await new Promise((resolve) => setTimeout(resolve, 1001))
      return Response.json(aSnapshot())
    }
    await pass(5000 + 1001)
    answer = async () => {
      await new Promise((resolve) => setTimeout(resolve, 1000))
      return Response.json(aSnapshot())
    }
    await pass(5000 + 1000)
    answer = isDown
    await pass(5000)
    expect(kinds()).toEqual(['new', 'same', 'slow', 'new', 'failed'])
    expect(poll.getState().marks[0]?.atMs).toBe(1_000_000)
    answer = brings({ series: [], next_poll_ms: 65_000 })
    await pass(1000)
    await pass(65_000)
    expect(kinds()).toEqual(['same'])
  })

  it('measures how long values take to the page, not what the first answer or a full one held', async () => {
    const at = (agoMs: number) => [1, Date.now() - agoMs, 8.6] as [number, number, number]
    answer = () => brings({ series: [at(900_000)] })()
    poll.start()
    await pass(0)
    expect(poll.getState().p95Ms).toBeNull()
    answer = () => brings({ full: true, series: [at(800_000)] })()
    await pass(5000)
    expect(poll.getState().p95Ms).toBeNull()
    answer = () => brings({ full: false, series: [at(-1)] })()
    await pass(5000)
    expect(poll.getState().p95Ms).toBeNull()
    answer = () => brings({ full: false, series: [at(300), at(100), at(200), at(-1)] })()
    await pass(5000)
    expect(poll.getState().p95Ms).toBe(300)
    answer = () => brings({ full: false, series: Array.from({ length: 56 }, () => at(50)) })()
    await pass(5000)
    expect(poll.getState().p95Ms).toBe(100)
    answer = () => brings({ full: false, series: Array.from({ length: 240 }, () => at(0)) })()
    await pass(5000)
    expect(poll.getState().p95Ms).toBe(0)
  })

  it('keeps the period over a 304, and sends no ETag before it has one', async () => {
    const headers: (string | undefined)[] = []
    answer = brings({ next_poll_ms: 30_000 }, { headers: { ETag: '"e.1"' } })
    poll = new SnapshotPoll({
      site: 'a/b',
      onSnapshot: () => undefined,
      fetch: (url, init) => {
        askedAt.push(Date.now())
        headers.push(new Headers(init?.headers).get('If-None-Match') ?? undefined)
        expect(url).toMatch(/^\/api\/v1\/sites\/a%2Fb\/snapshot/)
        expect(init).toMatchObject({ cache: 'no-store', credentials: 'same-origin' })
        return answer()
      },
    })
    poll.start()
    await pass(0)
    answer = () => Promise.resolve(new Response(null, { status: 304 }))
    await pass(30_000)
    await pass(30_000)
    expect(headers).toEqual([undefined, '"e.1"', '"e.1"'])
    expect(poll.getState()).toMatchObject({ status: 'ok', periodMs: 30_000 })
  })

  it('tells those who listen, and no longer those who have left', async () => {
    let told = 0
    const leave = poll.subscribe(() => (told += 1))
    poll.start()
    await pass(0)
    expect(told).toBe(1)
    leave()
    await pass(5000)
    expect(told).toBe(1)
  })
})
