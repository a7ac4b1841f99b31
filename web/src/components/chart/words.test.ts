import { beforeEach, describe, expect, it } from 'vitest'

import { setZone } from '@/lib/i18n'

import { axisWords, tickWords } from './words'

const number = { kind: 'number', metric: 'temp_1' } as const

describe('the labels of the axes', () => {
  beforeEach(() => setZone('Asia/Ho_Chi_Minh'))

  const labels = (from: number, step: number, count = 5) =>
    Array.from({ length: count }, (_, i) =>
      axisWords(number, Number((from + i * step).toPrecision(12)), step),
    )

  it('have as many decimals as tell them apart', () => {
    expect(labels(20, 5)).toEqual(['20', '25', '30', '35', '40'])
    expect(labels(21, 0.05)).toEqual(['21,00', '21,05', '21,10', '21,15', '21,20'])
    expect(labels(0, 0.00001, 3)).toEqual(['0', '1\u00a0×\u00a010⁻⁵', '2\u00a0×\u00a010⁻⁵'])
    for (const step of [1e-7, 2.5e-5, 5e-4, 0.2, 2.5, 1000]) {
      expect(new Set(labels(40 * step, step, 9)).size).toBe(9)
    }
  })

  it('name seconds where minutes would repeat, and days where hours would', () => {
    const at = Date.UTC(2025, 10, 23, 7, 32, 8)
    expect([tickWords(at, 5_000), tickWords(at, 300_000), tickWords(at, 86_400_000)]).toEqual([
      '14:32:08',
      '14:32',
      '23/11',
    ])
  })

  it("use an owner's own words for on and off", () => {
    const gate = { kind: 'binary', metric: 'door', on_word: 'Raised', off_word: '' } as const
    expect([axisWords(gate, 1, 1), axisWords(gate, 0, 1)]).toEqual([
      'Raised',
      axisWords({ kind: 'binary', metric: 'door' }, 0, 1),
    ])
  })
})
