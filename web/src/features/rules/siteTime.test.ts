import { describe, expect, it } from 'vitest'
import { localText, momentOf } from './siteTime'

describe('a time by the clock of the site', () => {
  it('is the same moment there and back', () => {
    const ms = Date.parse('2026-11-27T15:00Z')
    expect(localText(ms, 'Asia/Ho_Chi_Minh')).toBe('2026-11-27T22:00')
    expect(momentOf('2026-11-27T22:00', 'Asia/Ho_Chi_Minh')).toBe(ms)
  })

  it('goes by the offset of that day', () => {
    expect(momentOf('2026-03-29T01:30', 'Europe/Berlin')).toBe(Date.parse('2026-03-29T00:30Z'))
    expect(momentOf('2026-03-29T03:30', 'Europe/Berlin')).toBe(Date.parse('2026-03-29T01:30Z'))
    expect(momentOf('2026-10-25T03:30', 'Europe/Berlin')).toBe(Date.parse('2026-10-25T02:30Z'))
  })

  it('is the first of two, and the one after it where the clock leaves it out', () => {
    expect(momentOf('2026-10-25T02:30', 'Europe/Berlin')).toBe(Date.parse('2026-10-25T00:30Z'))
    expect(momentOf('2026-03-29T02:30', 'Europe/Berlin')).toBe(Date.parse('2026-03-29T01:30Z'))
  })

  it('is none where nothing was filled in', () => {
    expect(momentOf('', 'Europe/Berlin')).toBeNull()
  })
})
