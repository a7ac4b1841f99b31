import { describe, expect, it } from 'vitest'

import { fromClockText, fromDayText, fromMomentText, momentOf, toDayText, toMomentText } from './zoned'

const at = (text: string) => Date.parse(text)

describe('a date and time in a field', () => {
  it('is the clock on the wall of the site', () => {
    expect(toMomentText(at('2025-11-23T07:32:08Z'), 'Asia/Ho_Chi_Minh')).toBe('23/11/2025 14:32')
    expect(fromMomentText('23/11/2025 14:32', 'Asia/Ho_Chi_Minh')).toBe(at('2025-11-23T07:32:00Z'))
  })

  it('is read as people write it', () => {
    for (const text of ['3/1/2025 7:05', '03.01.2025 7h05', ' 3-1-2025  07:05 ', '2025-01-03T07:05'])
      expect(fromMomentText(text, 'UTC')).toBe(at('2025-01-03T07:05Z'))
  })

  it('is none where it is not all there', () => {
    for (const text of ['', '23/11/2025', '14:32', '31/02/2025 14:32', '23/11/25 14:32', '23/11/2025 24:00'])
      expect(fromMomentText(text, 'UTC')).toBeNull()
  })

  it('follows summer time, also in the hour that is left out and in the one that comes twice', () => {
    expect(momentOf('2025-07-01', '12:00', 'Europe/London')).toBe(at('2025-07-01T11:00:00Z'))
    expect(momentOf('2025-03-30', '00:30', 'Europe/London')).toBe(at('2025-03-30T00:30:00Z'))
    expect(momentOf('2025-03-30', '01:30', 'Europe/London')).toBe(at('2025-03-30T01:30:00Z'))
    expect(momentOf('2025-10-26', '01:30', 'Europe/London')).toBe(at('2025-10-26T00:30:00Z'))
  })
})

describe('a day and a time of a day', () => {
  it('are shown and read the same way', () => {
    expect(fromDayText(toDayText('2025-11-03'))).toBe('2025-11-03')
    expect([toDayText(''), fromDayText(''), fromClockText('')]).toEqual(['', '', ''])
    expect(['7:05', '7h', '22:00', '7', '25:00', '7:60'].map(fromClockText)).toEqual([
      '07:05',
      '07:00',
      '22:00',
      '',
      '',
      '',
    ])
  })
})
