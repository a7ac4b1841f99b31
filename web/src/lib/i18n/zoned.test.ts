import { describe, expect, it } from 'vitest'

import { fromLocalInput, toLocalInput } from './zoned'

const at = (text: string) => Date.parse(text)

describe('a date and time in a field', () => {
  it('is the clock on the wall of the site', () => {
    expect(toLocalInput(at('2025-11-23T07:32:08Z'), 'Asia/Ho_Chi_Minh')).toBe('2025-11-23T14:32')
    expect(fromLocalInput('2025-11-23T14:32', 'Asia/Ho_Chi_Minh')).toBe(at('2025-11-23T07:32:00Z'))
    expect(fromLocalInput('', 'Asia/Ho_Chi_Minh')).toBeNull()
  })

  it('follows summer time, also in the hour that is left out and in the one that comes twice', () => {
    expect(fromLocalInput('2025-07-01T12:00', 'Europe/London')).toBe(at('2025-07-01T11:00:00Z'))
    expect(fromLocalInput('2025-03-30T00:30', 'Europe/London')).toBe(at('2025-03-30T00:30:00Z'))
    expect(fromLocalInput('2025-03-30T01:30', 'Europe/London')).toBe(at('2025-03-30T01:30:00Z'))
    expect(fromLocalInput('2025-10-26T01:30', 'Europe/London')).toBe(at('2025-10-26T00:30:00Z'))
  })
})
