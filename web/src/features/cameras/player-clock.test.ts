import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { ClockWatch, shiftTimes } from './player-clock'
import { initialState } from './player-state'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

describe('a clock that is set', () => {
  it('is told from one that runs, or drifts', () => {
    const watch = new ClockWatch()
    watch.begin(Date.now())
    vi.advanceTimersByTime(250)
    expect(watch.findStep(Date.now())).toBe(0)
    vi.advanceTimersByTime(250)
    expect(watch.findStep(Date.now() + 900)).toBe(0)
    vi.advanceTimersByTime(250)
    expect(watch.findStep(Date.now() - 600_000)).toBe(-600_900)
    vi.advanceTimersByTime(250)
    expect(watch.findStep(Date.now() - 600_000)).toBe(0)
  })

  it('moves what the page noted, and no time of the camera', () => {
    const state = { ...initialState(), lastFrameMs: 1_000, missingSinceMs: 500, probeAtMs: 9_000 }
    const offline = {
      ...state,
      camera: { ...state.camera, stateSinceMs: 500 },
      phase: { name: 'offline', sinceMs: 500, retryAtMs: 2_000, reason: { kind: 'stalled' } },
    } as const
    expect(shiftTimes(offline, 100)).toMatchObject({
      phase: { sinceMs: 500, retryAtMs: 2_100 },
      lastFrameMs: 1_100,
      missingSinceMs: 500,
      probeAtMs: 9_100,
      switchAtMs: null,
    })
    expect(shiftTimes(state, 100).missingSinceMs).toBe(600)
  })
})
