import { afterEach, describe, expect, it } from 'vitest'

import { activateLanguage } from '@/lib/i18n'

import { saidWords, type Said } from './saidWords'

const BAD_NAME = { code: 'bad_name', params: { name: 'Nhiệt độ' } }

describe('what the server says of a refusal', () => {
  afterEach(() => activateLanguage('vi'))

  it('is told in the language of the page, names as they are', async () => {
    expect(saidWords([BAD_NAME], 'English')).toMatch(/^“Nhiệt độ” không phải tên/)
    await activateLanguage('en')
    expect(saidWords([BAD_NAME], 'English')).toMatch(/^“Nhiệt độ” is not a name/)
  })

  it('joins the fault and the hint', () => {
    const said: Said[] = [
      { code: 'behind', params: { seconds: '1200' } },
      { code: 'hint_unit', params: { unit: 'seconds' } },
    ]
    expect(saidWords(said, '')).toBe('Chậm hơn giờ máy chủ 20\u00a0phút. Giống giây: hãy gửi mili giây.')
  })

  it('shows English that has no words here to those who read it, and to nobody else', async () => {
    const unknown = [{ code: 'of_tomorrow', params: {} }]
    expect(saidWords(unknown, 'As the server says it.')).toBe('')
    expect(saidWords([], 'CONNECT comes first, and once.')).toBe('')
    await activateLanguage('en')
    expect(saidWords(unknown, 'As the server says it.')).toBe('As the server says it.')
  })
})
