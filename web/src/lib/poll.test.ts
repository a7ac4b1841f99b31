import { http, HttpResponse } from 'msw'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { server } from '@/testing/server'
import type { Snapshot } from './api/types'
import { forgetServerTime, serverNow } from './clock'
import { SnapshotPoll, type PollState } from './poll'

const URL_OF_SNAPSHOT = '*/api/v1/sites/tan-tao/snapshot'

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

describe('the poll', () => {
  let poll: SnapshotPoll
  let asked: Request[]
  let seen: Snapshot[]

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    forgetServerTime()
    asked = []
    seen = []
    poll = new SnapshotPoll({
      site: 'tan-tao',
      onSnapshot: (snapshot) => seen.push(snapshot),
      random: () => 0.5,
    })
  })

  afterEach(() => {
    poll.stop()
    setHidden(false)
    vi.useRealTimers()
  })

  function answer(...responses: (() => Response)[]): void {
    server.use(
      http.get(URL_OF_SNAPSHOT, ({ request }) => {
        asked.push(request)
        return (responses[asked.length - 1] ?? responses.at(-1))?.()
      }),
    )
  }

  /** Lets what is under way finish without letting time pass. */
  async function settled(count: number): Promise<void> {
    await vi.waitFor(() => expect(asked).toHaveLength(count), 4000)
    await vi.waitFor(() => expect(poll.getState().status).not.toBe('starting'), 4000)
    await new Promise(setImmediate)
    await new Promise(setImmediate)
  }

  it('asks for what changed since the last answer and shows its ETag', async () => {
    answer(
      () => HttpResponse.json(aSnapshot(), { headers: { ETag: '"e.1"' } }),
      () => HttpResponse.json(aSnapshot({ cursor: 'e.2', full: false }), { headers: { ETag: '"e.2"' } }),
    )
    poll.start()
    await settled(1)
    await vi.advanceTimersByTimeAsync(5000)
    await settled(2)
    expect(new URL(asked[1]?.url ?? '').searchParams.get('since')).toBe('e.1')
    expect(asked[1]?.headers.get('If-None-Match')).toBe('"e.1"')
    expect(seen).toHaveLength(2)
  })

  it('takes a 304 as an answer: nothing new, but the line is alive', async () => {
    answer(
      () => HttpResponse.json(aSnapshot(), { headers: { ETag: '"e.1"' } }),
      () => new HttpResponse(null, { status: 304 }),
    )
    poll.start()
    await settled(1)
    await vi.advanceTimersByTimeAsync(5000)
    await settled(2)
    expect(seen).toHaveLength(1)
    expect(poll.getState().status).toBe('ok')
    expect(poll.getState().marks.map(({ kind }) => kind)).toEqual(['new', 'same'])
  })

  it('comes back when the server says so', async () => {
    answer(() => HttpResponse.json(aSnapshot({ next_poll_ms: 30_000 })))
    poll.start()
    await settled(1)
    await vi.advanceTimersByTimeAsync(29_000)
    expect(asked).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1000)
    await settled(2)
  })

  it('rests while the page is hidden and catches up at once when it is shown', async () => {
    answer(() => HttpResponse.json(aSnapshot()))
    poll.start()
    await settled(1)
    setHidden(true)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked).toHaveLength(1)
    setHidden(false)
    await settled(2)
  })

  it('backs off while nothing answers and says when it tries again', async () => {
    answer(() => HttpResponse.error())
    poll.start()
    await settled(1)
    const first = poll.getState()
    expect(first.status).toBe('failing')
    expect(waitOf(first)).toBe(1000)
    await vi.advanceTimersByTimeAsync(1000)
    await settled(2)
    expect(waitOf(poll.getState())).toBe(2000)
    expect(poll.getState().failingSinceMs).toBe(first.failingSinceMs)
  })

  it('stops asking once the session has ended', async () => {
    answer(() => HttpResponse.json({ code: 'not_authenticated' }, { status: 401 }))
    poll.start()
    await settled(1)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked).toHaveLength(1)
    expect(poll.getState()).toMatchObject({ status: 'denied', deniedBy: 401 })
  })

  it('learns the server’s clock from the answers', async () => {
    const ahead = Date.now() + 90_000
    answer(() => HttpResponse.json(aSnapshot(), { headers: { 'Server-Time-Ms': String(ahead) } }))
    poll.start()
    await settled(1)
    expect(Math.abs(serverNow() - ahead)).toBeLessThan(2000)
  })
})
