import { describe, expect, it } from 'vitest'

import { fitTiles, GAP_PX } from './fit'

const DESK = [968, 740] as const

describe('a wall of tiles', () => {
  it.each([
    [1, 1],
    [2, 1],
    [3, 2],
    [4, 2],
    [5, 2],
    [9, 3],
  ])('of %i cameras has %i columns on a desk', (count, columns) => {
    expect(fitTiles(count, ...DESK).columns).toBe(columns)
  })

  it('of two cameras has them side by side where the box is wide', () => {
    expect(fitTiles(2, 1900, 600).columns).toBe(2)
  })

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9])('of %i cameras fits without scrolling', (count) => {
    for (const [width, height] of [DESK, [500, 700], [1900, 1060]] as const) {
      const { columns, tilePx } = fitTiles(count, width, height)
      const rows = Math.ceil(count / columns)
      expect((tilePx ?? 0) * columns + GAP_PX * (columns - 1)).toBeLessThanOrEqual(width)
      expect(((tilePx ?? 0) * rows * 9) / 16 + GAP_PX * (rows - 1)).toBeLessThanOrEqual(height)
    }
  })

  it('is never without a width', () => {
    expect(fitTiles(4, 0, 0).tilePx).toBe(1)
  })
})
