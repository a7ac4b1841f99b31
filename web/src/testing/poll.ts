/** The poll, against a server that answers from memory, so that minutes pass in no time. */

import { afterEach, beforeEach, vi } from 'vitest'
import type { Snapshot } from '@/lib/api/types'
import { forgetServerTime } from '@/lib/live/clock'
import { SnapshotPoll, type PollState } from '@/lib/live/poll'

export function aSnapshot(change: Partial<Snapshot> = {}): Snapshot {
  return {
    cursor: 'e.1',
    next_poll_ms: 5000,
    full: true,
    alerts_seq: 7,
    registry_seq: 1,
    presence_seq: 1,
    series: [[1, 1000, 8.6]],
    ...change,
  }
}

/** From the failure, the newest mark, to the next try. */
export function waitOf({ retryAtMs, marks }: PollState): number {
  return (retryAtMs ?? 0) - (marks.at(-1)?.atMs ?? 0)
}

export function setHidden(hidden: boolean): void {
  Object.defineProperty(document, 'hidden', { configurable: true, value: hidden })
  document.dispatchEvent(new Event('visibilitychange'))
}

export const brings =
  (change: Partial<Snapshot> = {}, init?: ResponseInit) =>
  () =>
    Promise.resolve(Response.json(aSnapshot(change), init))
export const refuses = (status: number) => () =>
  Promise.resolve(Response.json({ code: 'denied' }, { status }))
export const isDown = () => Promise.reject(new TypeError('Failed to fetch'))

/** Before each test a poll that has not begun, of a server that answers. */
export function setUpPoll() {
  const server = {
    askedAt: [] as number[],
    asked: [] as { url: URL; headers: Headers }[],
    signals: [] as (AbortSignal | null | undefined)[],
    answer: brings(),
  }
  const page = {
    seen: [] as Snapshot[],
    parts: [] as boolean[],
    watched: [] as number[],
    random: () => 0.5,
    poll: null as unknown as SnapshotPoll,
  }

  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 })
    forgetServerTime()
    Object.assign(server, { askedAt: [], asked: [], signals: [], answer: brings() })
    Object.assign(page, { seen: [], parts: [], watched: [], random: () => 0.5 })
    page.poll = new SnapshotPoll({
      site: 'tan-tao',
      onSnapshot: (snapshot, part) => {
        page.seen.push(snapshot)
        page.parts.push(part)
      },
      watched: () => page.watched,
      random: () => page.random(),
      fetch: (url, init) => {
        server.askedAt.push(Date.now())
        server.asked.push({
          url: new URL(url as string, window.location.href),
          headers: new Headers(init?.headers),
        })
        server.signals.push(init?.signal)
        return server.answer()
      },
    })
  })

  afterEach(() => {
    page.poll.stop()
    setHidden(false)
    vi.useRealTimers()
  })

  /** Never answers; gives up only when the page does. */
  const isSilent = () =>
    new Promise<Response>((_, reject) => {
      server.signals.at(-1)?.addEventListener('abort', () => reject(new DOMException('', 'AbortError')))
    })
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)
  const kinds = () => page.poll.getState().marks.map(({ kind }) => kind)
  return { page, server, isSilent, pass, kinds }
}
