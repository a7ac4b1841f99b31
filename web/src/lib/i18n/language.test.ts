import { afterEach, describe, expect, it, vi } from 'vitest'
import { chooseLanguage, currentLanguage, firstLanguage, offerLanguage } from '.'

describe('the language that a page begins with', () => {
  afterEach(() => vi.restoreAllMocks())

  it.each([
    ['vi', ['vi-VN', 'en']],
    ['en', ['en-GB', 'vi']],
    ['en', ['de-DE', 'EN-us']],
    ['vi', ['de-DE', 'fr']],
    ['vi', []],
  ])('is %s for a stranger whose browser likes %s', (language, languages) => {
    vi.spyOn(navigator, 'languages', 'get').mockReturnValue(languages)
    expect(firstLanguage()).toBe(language)
  })

  it('is the account’s that was here last, and before all what somebody chose here', async () => {
    vi.spyOn(navigator, 'languages', 'get').mockReturnValue(['vi'])
    await offerLanguage('en')
    expect([firstLanguage(), currentLanguage()]).toEqual(['en', 'en'])
    await chooseLanguage('vi')
    await offerLanguage('en')
    expect([firstLanguage(), currentLanguage()]).toEqual(['vi', 'vi'])
  })
})
