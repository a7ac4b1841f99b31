import { describe, expect, it } from 'vitest'

import { formatMeasured, formatReading, learnSeries, learnValue } from '.'

const temperature = { id: 1, metric: 'temperature', unit: '°C' }
const unknown = { id: 2, metric: 'temp_1', unit: '' }

const learn = (id: number, ...values: number[]) => values.forEach((value) => learnValue(id, value))

describe('the numbers of a series', () => {
  it('have the decimals of their unit, also where these are zeros', () => {
    expect([-18, -17.8, 21.0625].map((value) => formatMeasured(temperature, value))).toEqual([
      '−18,0\u00a0°C',
      '−17,8\u00a0°C',
      '21,1\u00a0°C',
    ])
    expect(formatMeasured({ metric: 'co2', unit: 'ppm' }, 812.4)).toBe('812\u00a0ppm')
  })

  it('have the decimals that values of an unknown unit came with, and keep them', () => {
    learn(2, -18)
    expect(formatReading(unknown, -18)).toBe('−18')
    learn(2, -17.8, -18)
    expect(formatReading(unknown, -18)).toBe('−18,0')
  })

  it('leave out the noise of single precision and of long fractions', () => {
    learn(2, Math.fround(21.1))
    expect(formatReading(unknown, Math.fround(21.1))).toBe('21,1')
    learn(3, 100 / 3)
    expect(formatReading({ ...unknown, id: 3 }, 100 / 3)).toBe('33,333')
  })

  it('show two digits of what is small, and powers of ten where zeros would hide it', () => {
    const current = { id: 4, metric: 'current', unit: 'A' }
    learn(4, 0.0021, 0.0018)
    expect(formatReading(current, 0.0021)).toBe('0,0021')
    learn(2, 0.00002, 0.000013)
    expect([0.00002, 0.000013, 0].map((value) => formatReading(unknown, value))).toEqual([
      '2,0\u00a0×\u00a010⁻⁵',
      '1,3\u00a0×\u00a010⁻⁵',
      '0',
    ])
  })

  it('have the decimals that an owner has set, in alerts too, which know the series by its id', () => {
    expect(formatReading({ ...temperature, decimals: 2 }, 8.6)).toBe('8,60')
    learnSeries([{ id: 1, decimals: 0 }])
    expect(formatReading(temperature, 8.6)).toBe('9')
  })
})
