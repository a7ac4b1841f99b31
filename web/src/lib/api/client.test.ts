import { i18n } from '@lingui/core'
import { http, HttpResponse } from 'msw'
import { afterEach, describe, expect, it } from 'vitest'
import { server } from '@/testing/server'
import { api } from './client'
import { Problem } from './problem'
import { sentenceOf } from './sentences'

describe('the REST client', () => {
  const before = i18n.locale
  afterEach(() => i18n.activate(before))

  it('asks for words in the language of the page', async () => {
    i18n.loadAndActivate({ locale: 'en', messages: {} })
    let asked: string | null = null
    server.use(
      http.get('*/api/v1/me', ({ request }) => {
        asked = request.headers.get('Accept-Language')
        return HttpResponse.json({})
      }),
    )
    await api.GET('/api/v1/me')
    expect(asked).toBe('en')
  })

  it.each(['not_authenticated', 'device_id_taken', 'last_owner', 'try_again', 'invalid', 'a_code_of_later'])(
    'says %s in words of its own',
    (code) => {
      expect(sentenceOf(new Problem(409, { code, detail: 'as the server says it' }))).not.toBe(
        'as the server says it',
      )
    },
  )
})
