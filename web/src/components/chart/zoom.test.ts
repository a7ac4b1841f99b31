import { describe, expect, it } from 'vitest'

import { fitRange, panRange, SHORTEST_MS, zoomRange } from './zoom'

const HOUR = 3_600_000
const NOW = 100 * HOUR

describe('the range after a gesture', () => {
  it('keeps what is under the pointer where it is', () => {
    expect(zoomRange({ from: 0, to: 8 * HOUR }, 2 * HOUR, 0.5, NOW)).toEqual({ from: HOUR, to: 5 * HOUR })
    expect(zoomRange({ from: HOUR, to: 5 * HOUR }, 2 * HOUR, 2, NOW)).toEqual({ from: 0, to: 8 * HOUR })
  })

  it('ends now at the latest and keeps its length', () => {
    expect(zoomRange({ from: 96 * HOUR, to: NOW }, 98 * HOUR, 2, NOW)).toEqual({ from: 92 * HOUR, to: NOW })
    expect(panRange({ from: 96 * HOUR, to: NOW }, 0.5, NOW)).toEqual({ from: 96 * HOUR, to: NOW })
    expect(panRange({ from: 96 * HOUR, to: NOW }, -0.5, NOW)).toEqual({ from: 94 * HOUR, to: 98 * HOUR })
  })

  it('is never shorter than a minute', () => {
    const { from, to } = zoomRange({ from: HOUR, to: HOUR + SHORTEST_MS }, HOUR, 0.1, NOW)
    expect(to - from).toBe(SHORTEST_MS)
    expect(fitRange({ from: HOUR, to: HOUR + 10 }, NOW)).toEqual({
      from: HOUR + 5 - 30_000,
      to: HOUR + 5 + 30_000,
    })
  })
})
