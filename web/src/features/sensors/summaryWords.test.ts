import { beforeEach, describe, expect, it } from 'vitest'

import { setZone } from '@/lib/i18n'

import { durationBounds, momentWords, shareBounds, timesBounds } from './summaryWords'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const AT = Date.UTC(2025, 10, 25, 7, 5)

describe('figures in words', () => {
  beforeEach(() => setZone('Asia/Ho_Chi_Minh'))

  it('are one where they are exact, else a pair that contains the truth', () => {
    expect(durationBounds({ low: 550_000, high: 550_000 })).toBe('9\u00a0phút 10\u00a0giây')
    expect(durationBounds({ low: 112 * MINUTE, high: 124 * MINUTE + 1 })).toBe(
      '1\u00a0giờ 52\u00a0phút đến 2\u00a0giờ 5\u00a0phút',
    )
    expect(durationBounds({ low: 0, high: 5 * MINUTE })).toBe('tối đa 5\u00a0phút')
    expect(timesBounds({ low: 3, high: 3 })).toBe('3 lần')
    expect(timesBounds({ low: 3, high: 5 })).toBe('3 đến 5 lần')
    expect(timesBounds({ low: 0, high: 1 })).toBe('tối đa 1 lần')
  })

  it('call all of a time 100 %, and nothing less', () => {
    expect(shareBounds({ low: HOUR, high: HOUR }, HOUR)).toBe('100\u00a0%')
    expect(shareBounds({ low: HOUR - 1, high: HOUR - 1 }, HOUR)).toBe('99,9\u00a0%')
    expect(shareBounds({ low: HOUR / 4, high: HOUR / 2 }, HOUR)).toBe('25 đến 50\u00a0%')
  })

  it('date a peak as finely as it is known', () => {
    const moment = (span: number, long: boolean, from = AT) =>
      momentWords({ from_ms: from, to_ms: from + span - 1 }, long)
    expect([moment(1, false), moment(1, true)]).toEqual(['14:05', '25/11 14:05'])
    expect(moment(HOUR, true)).toBe('25/11 14:05 đến 15:05')
    const midnight = Date.UTC(2025, 10, 24, 17)
    expect(moment(24 * HOUR, true, midnight)).toBe('ngày 25/11')
    expect(moment(24 * HOUR, true)).toBe('25/11 đến 26/11')
  })
})
