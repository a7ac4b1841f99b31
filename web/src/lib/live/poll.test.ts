import { describe, expect, it, vi } from 'vitest'
import { aSnapshot, brings, isDown, setUpPoll } from '@/testing/poll'
import { serverNow } from './clock'
import { SnapshotPoll } from './poll'

describe('the poll', () => {
  const { page, server, isSilent, kinds, pass } = setUpPoll()

  it('keeps the server’s doubt about its clock over answers that say nothing new, until one is without it', async () => {
    const clock = { doubt: 'stepped', expected_ms: 1000, shown_ms: 3_601_000 } as const
    server.answer = brings({ clock })
    page.poll.start()
    await pass(0)
    expect(page.poll.getState().clockDoubt).toEqual(clock)
    server.answer = () => Promise.resolve(new Response(null, { status: 304 }))
    await pass(5000)
    expect(page.poll.getState().clockDoubt).toEqual(clock)
    server.answer = brings()
    await pass(5000)
    expect(page.poll.getState().clockDoubt).toBeNull()
  })

  it('asks for what changed since the last answer and shows its ETag', async () => {
    server.answer = brings({}, { headers: { ETag: '"e.1"' } })
    page.poll.start()
    await pass(0)
    server.answer = brings({ cursor: 'e.2', full: false })
    await pass(5000)
    expect(server.asked[0]?.url.search).toBe('?most=500')
    expect(server.asked[1]?.url.searchParams.get('since')).toBe('e.1')
    expect(server.asked[1]?.headers.get('If-None-Match')).toBe('"e.1"')
    expect(page.seen.map(({ cursor }) => cursor)).toEqual(['e.1', 'e.2'])
  })

  it('takes a 304 as an answer: nothing new, but the line is alive', async () => {
    page.poll.start()
    await pass(0)
    server.answer = () => Promise.resolve(new Response(null, { status: 304 }))
    await pass(5000)
    expect(page.seen).toHaveLength(1)
    expect(page.poll.getState()).toMatchObject({ status: 'ok', lastOkMs: 1_005_000 })
    expect(kinds()).toEqual(['new', 'same'])
  })

  it('comes back when the server says so', async () => {
    server.answer = brings({ next_poll_ms: 30_000 })
    page.poll.start()
    await pass(29_999)
    expect(server.askedAt).toHaveLength(1)
    await pass(1)
    expect(server.askedAt).toHaveLength(2)
  })

  it('learns the server’s clock from the answers, and tells times by it', async () => {
    server.answer = () => brings({}, { headers: { 'Server-Time-Ms': String(Date.now() + 90_000) } })()
    page.poll.start()
    await pass(0)
    expect(serverNow()).toBe(1_090_000)
    expect(page.poll.getState().lastOkMs).toBe(1_090_000)
  })

  it('never has two requests under way', async () => {
    server.answer = isSilent
    page.poll.start()
    page.poll.start()
    page.poll.pollNow()
    await pass(7000)
    expect(server.askedAt).toHaveLength(1)
  })

  it('does not ask anew when it is started a second time', async () => {
    page.poll.start()
    await pass(1000)
    page.poll.start()
    await pass(0)
    expect(server.askedAt).toEqual([1_000_000])
  })

  it('knows nothing before the first answer, and asks with the browser’s own fetch', async () => {
    const asking = vi.fn<typeof fetch>(() => server.answer())
    vi.stubGlobal('fetch', asking)
    page.poll = new SnapshotPoll({ site: 'tan-tao', onSnapshot: () => undefined })
    expect(page.poll.getState()).toMatchObject({ status: 'starting', lastOkMs: null, marks: [] })
    page.poll.start()
    await pass(0)
    vi.unstubAllGlobals()
    expect(asking.mock.calls.map(([url]) => url)).toEqual(['/api/v1/sites/tan-tao/snapshot?most=500'])
    expect(page.poll.getState().status).toBe('ok')
  })

  it('waits a whole period from an asking in between', async () => {
    page.poll.start()
    await pass(3000)
    page.poll.pollNow()
    await pass(4999)
    expect(server.askedAt).toEqual([1_000_000, 1_003_000])
    await pass(1)
    expect(server.askedAt).toEqual([1_000_000, 1_003_000, 1_008_000])
  })

  it('marks what an answer brought, and forgets marks when they have left the lanes', async () => {
    page.poll.start()
    await pass(0)
    server.answer = brings({ series: [] })
    await pass(5000)
    server.answer = async () => {
      await new Promise((resolve) => setTimeout(resolve, 1001))
      return Response.json(aSnapshot())
    }
    await pass(5000 + 1001)
    server.answer = async () => {
      await new Promise((resolve) => setTimeout(resolve, 1000))
      return Response.json(aSnapshot())
    }
    await pass(5000 + 1000)
    server.answer = isDown
    await pass(5000)
    expect(kinds()).toEqual(['new', 'same', 'slow', 'new', 'failed'])
    expect(page.poll.getState().marks[0]?.atMs).toBe(1_000_000)
    server.answer = brings({ series: [], next_poll_ms: 65_000 })
    await pass(1000)
    await pass(65_000)
    expect(kinds()).toEqual(['same'])
  })

  it('measures how long values take to the page, not what the first answer or a full one held', async () => {
    const at = (agoMs: number) => [1, Date.now() - agoMs, 8.6] as [number, number, number]
    server.answer = () => brings({ series: [at(900_000)] })()
    page.poll.start()
    await pass(0)
    expect(page.poll.getState().p95Ms).toBeNull()
    server.answer = () => brings({ full: true, series: [at(800_000)] })()
    await pass(5000)
    expect(page.poll.getState().p95Ms).toBeNull()
    server.answer = () => brings({ full: false, series: [at(-1)] })()
    await pass(5000)
    expect(page.poll.getState().p95Ms).toBeNull()
    server.answer = () => brings({ full: false, series: [at(300), at(100), at(200), at(-1)] })()
    await pass(5000)
    expect(page.poll.getState().p95Ms).toBe(300)
    server.answer = () => brings({ full: false, series: Array.from({ length: 56 }, () => at(50)) })()
    await pass(5000)
    expect(page.poll.getState().p95Ms).toBe(100)
    server.answer = () => brings({ full: false, series: Array.from({ length: 240 }, () => at(0)) })()
    await pass(5000)
    expect(page.poll.getState().p95Ms).toBe(0)
  })

  it('keeps the period over a 304, and sends no ETag before it has one', async () => {
    const headers: (string | undefined)[] = []
    server.answer = brings({ next_poll_ms: 30_000 }, { headers: { ETag: '"e.1"' } })
    page.poll = new SnapshotPoll({
      site: 'a/b',
      onSnapshot: () => undefined,
      fetch: (url, init) => {
        server.askedAt.push(Date.now())
        headers.push(new Headers(init?.headers).get('If-None-Match') ?? undefined)
        expect(url).toMatch(/^\/api\/v1\/sites\/a%2Fb\/snapshot/)
        expect(init).toMatchObject({ cache: 'no-store', credentials: 'same-origin' })
        return server.answer()
      },
    })
    page.poll.start()
    await pass(0)
    server.answer = () => Promise.resolve(new Response(null, { status: 304 }))
    await pass(30_000)
    await pass(30_000)
    expect(headers).toEqual([undefined, '"e.1"', '"e.1"'])
    expect(page.poll.getState()).toMatchObject({ status: 'ok', periodMs: 30_000 })
  })

  it('tells those who listen, and no longer those who have left', async () => {
    let told = 0
    const leave = page.poll.subscribe(() => (told += 1))
    page.poll.start()
    await pass(0)
    expect(told).toBe(1)
    leave()
    await pass(5000)
    expect(told).toBe(1)
  })
})
