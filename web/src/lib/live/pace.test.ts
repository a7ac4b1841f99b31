import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Listeners } from '../listeners'
import { forgetPace, pace } from './pace'

describe('the pace of a store', () => {
  const store = new Listeners()
  const subscribe = pace(store.subscribe)
  let told: string[]
  let ends: (() => void)[]

  /** The next message of a socket: its own task, after which microtasks have run. */
  const nextTask = () => vi.advanceTimersByTimeAsync(0)

  beforeEach(() => {
    vi.useFakeTimers()
    forgetPace()
    told = []
    ends = ['list', 'card'].map((name) => subscribe(() => told.push(name)))
  })

  afterEach(async () => {
    for (const end of ends) end()
    await vi.runAllTimersAsync()
    vi.useRealTimers()
  })

  it('tells everybody of the first change at once', () => {
    store.notify()
    expect(told).toEqual(['list', 'card'])
  })

  it('tells what follows together, once a frame', async () => {
    store.notify()
    await nextTask()
    for (let change = 0; change < 300; change++) store.notify()
    expect(told).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(16)
    expect(told).toEqual(['list', 'card', 'list', 'card'])
  })

  it('draws more seldom where drawing takes long, but never keeps news for more than a quarter of a second', async () => {
    let drawingMs = 40
    const end = subscribe(() => void vi.advanceTimersByTime(drawingMs))
    store.notify()
    await nextTask()
    store.notify()
    told = []
    await vi.advanceTimersByTimeAsync(39)
    expect(told).toEqual([])
    drawingMs = 900
    await vi.advanceTimersByTimeAsync(1)
    expect(told).toEqual(['list', 'card'])
    store.notify()
    await vi.advanceTimersByTimeAsync(250)
    expect(told).toHaveLength(4)
    end()
  })

  it('draws what many cards hear in parts that leave the page usable, and all of it', async () => {
    const drawn: number[] = []
    const cards = Array.from({ length: 200 }, (_, card) =>
      subscribe(() => {
        vi.advanceTimersByTime(2)
        drawn.push(card)
      }),
    )
    store.notify()
    expect(drawn.length).toBeLessThan(30)
    let before = drawn.length
    let most = 0
    await nextTask()
    while (drawn.length < 200) {
      await vi.advanceTimersByTimeAsync(25)
      most = Math.max(most, drawn.length - before)
      before = drawn.length
    }
    expect(most).toBeLessThan(25)
    expect(new Set(drawn).size).toBe(200)
    for (const end of cards) end()
  })

  it('tells news before what may wait, such as the tick of the clock', async () => {
    const clock = new Listeners()
    const end = pace(clock.subscribe, { behind: true })(() => told.push('clock'))
    store.notify()
    await nextTask()
    told = []
    clock.notify()
    store.notify()
    await vi.advanceTimersByTimeAsync(16)
    expect(told).toEqual(['list', 'card', 'clock'])
    end()
  })

  it('does not call who has left meanwhile', async () => {
    store.notify()
    await nextTask()
    store.notify()
    ends[0]?.()
    told = []
    await vi.advanceTimersByTimeAsync(16)
    expect(told).toEqual(['card'])
  })
})
