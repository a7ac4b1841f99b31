import { describe, expect, it } from 'vitest'

import { placeLabels, type Label } from './labels'

const area = { x: 0, y: 0, width: 100, height: 50 }
const label = (...places: [number, number][]): Label => ({
  width: 30,
  height: 10,
  places: places.map(([x, y]) => ({ x, y })),
})

describe('the words on a chart', () => {
  it('take the next place where another has the best one', () => {
    expect(placeLabels(area, [label([10, 10]), label([20, 15], [20, 30])])).toEqual([
      { x: 10, y: 10, width: 30, height: 10 },
      { x: 20, y: 30, width: 30, height: 10 },
    ])
  })

  it('are left out rather than laid over others or over the edge', () => {
    expect(placeLabels(area, [label([10, 10]), label([39, 19]), label([71, 0]), label([70, 40])])).toEqual([
      { x: 10, y: 10, width: 30, height: 10 },
      null,
      null,
      { x: 70, y: 40, width: 30, height: 10 },
    ])
  })

  it('may touch', () => {
    expect(placeLabels(area, [label([0, 0]), label([30, 0])])).not.toContain(null)
  })
})
