import { afterEach, describe, expect, it, vi } from 'vitest'
import { presentTimezone } from './timezone'

function browserIn(timeZone: string): void {
  const options = new Intl.DateTimeFormat().resolvedOptions()
  vi.spyOn(Intl.DateTimeFormat.prototype, 'resolvedOptions').mockReturnValue({ ...options, timeZone })
}

describe('the time zone of the browser', () => {
  afterEach(() => vi.restoreAllMocks())

  it('has its present name where the browser still has the old one', () => {
    browserIn('Asia/Saigon')
    expect(presentTimezone()).toBe('Asia/Ho_Chi_Minh')
    browserIn('Europe/Kiev')
    expect(presentTimezone()).toBe('Europe/Kyiv')
  })

  it('is else as the browser says it', () => {
    browserIn('Asia/Bangkok')
    expect(presentTimezone()).toBe('Asia/Bangkok')
  })
})
