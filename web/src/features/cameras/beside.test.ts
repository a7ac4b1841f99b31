import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { Beside } from './beside'
import { WhepRefused, type WhepSession } from './whep'

/** A session that is answered, and whose first frame comes, when the test says so. */
class FakeSession {
  stopped = 0
  signal: AbortSignal | null = null
  answer: () => void = () => undefined
  refuse: (error: Error) => void = () => undefined
  private frames = 0
  private readonly session = {
    stats: () => Promise.resolve({ framesReceived: this.frames }),
    stop: () => (this.stopped += 1),
  } as unknown as WhepSession

  readonly connect = (signal: AbortSignal): Promise<WhepSession> => {
    this.signal = signal
    return new Promise((resolve, reject) => {
      this.answer = () => resolve(this.session)
      this.refuse = reject
    })
  }

  show(): void {
    this.frames = 1
  }

  is(session: WhepSession | null): boolean {
    return session === this.session
  }
}

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

describe('a session beside the shown one', () => {
  it('can be taken once it has a picture, and is then nobody else’s', async () => {
    const beside = new Beside()
    const main = new FakeSession()
    const opened = beside.open(main.connect, 1_000)
    main.answer()
    await vi.advanceTimersByTimeAsync(500)
    main.show()
    await vi.advanceTimersByTimeAsync(500)
    expect(await opened).toBe(true)
    expect(main.is(beside.take())).toBe(true)
    expect(beside.take()).toBeNull()
    beside.stop()
    expect([main.stopped, main.signal?.aborted]).toEqual([0, false])
  })

  it('is given up without a picture, and without an answer', async () => {
    const beside = new Beside()
    const dark = new FakeSession()
    const opened = beside.open(dark.connect, 1_000)
    dark.answer()
    await vi.advanceTimersByTimeAsync(1_100)
    expect(await opened).toBe(false)
    expect([beside.take(), dark.stopped]).toEqual([null, 1])
    const refused = beside.open(dark.connect, 1_000)
    dark.refuse(new WhepRefused(503, 'busy', ''))
    expect(await refused).toBe(false)
  })

  it('makes room for another, whether it was answered or not', async () => {
    const beside = new Beside()
    const [asked, answered, last] = [new FakeSession(), new FakeSession(), new FakeSession()]
    const first = beside.open(asked.connect, 1_000)
    const second = beside.open(answered.connect, 1_000)
    expect(asked.signal?.aborted).toBe(true)
    asked.answer()
    answered.answer()
    await vi.advanceTimersByTimeAsync(200)
    const third = beside.open(last.connect, 1_000)
    last.show()
    last.answer()
    await vi.advanceTimersByTimeAsync(200)
    expect(await Promise.all([first, second, third])).toEqual([null, null, true])
    expect([asked.stopped, answered.stopped]).toEqual([1, 1])
    expect(last.is(beside.take())).toBe(true)
  })

  it('ends when it is stopped, with a late answer too', async () => {
    const beside = new Beside()
    const late = new FakeSession()
    const opened = beside.open(late.connect, 1_000)
    beside.stop()
    late.answer()
    expect(await opened).toBeNull()
    expect([late.stopped, beside.take()]).toEqual([1, null])
    expect(vi.getTimerCount()).toBe(0)
  })
})
