import { i18n } from '@lingui/core'
import { QueryObserver, type QueryClient } from '@tanstack/react-query'
import { http, HttpResponse } from 'msw'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { activateLanguage } from '../i18n'
import { newQueryClient } from '../queryClient'
import { api, body } from '../api/client'
import { server } from '@/testing/server'
import { waitFor } from '@/testing/waiting'
import { readAgainInLanguage } from './language'

describe('what the server names in the language of the page', () => {
  let queries: QueryClient
  let leave: () => void
  /** Of each asking: in which language, and how it is answered in that one. */
  let asked: { language: string; answer: () => void }[]

  beforeEach(() => {
    asked = []
    server.use(
      http.get('*/api/v1/me', async ({ request }) => {
        const language = request.headers.get('Accept-Language') ?? ''
        await new Promise<void>((answer) => asked.push({ language, answer }))
        return HttpResponse.json(`in ${language}`)
      }),
    )
    queries = newQueryClient()
    leave = readAgainInLanguage(queries)
  })
  afterEach(() => {
    leave()
    queries.clear()
  })

  const names = () => ({ queryKey: ['names'], queryFn: () => body(api.GET('/api/v1/me')) })
  const shown = () => queries.getQueryData(['names'])
  const watch = () => new QueryObserver(queries, names()).subscribe(() => undefined)
  const languages = () => asked.map(({ language }) => language)

  it('is not taken from a first answer that was asked for in the old language and comes late', async () => {
    const end = watch()
    await waitFor(() => expect(languages()).toEqual(['vi']))
    await activateLanguage('en')
    await waitFor(() => expect(languages()).toEqual(['vi', 'en']))
    asked[1]?.answer()
    await waitFor(() => expect(shown()).toBe('in en'))
    asked[0]?.answer()
    await expect.poll(() => queries.isFetching()).toBe(0)
    expect(shown()).toBe('in en')
    end()
  })

  it('is not taken either where nobody looks any more: it is asked for again when somebody does', async () => {
    queries.query(names()).catch(() => undefined)
    await waitFor(() => expect(languages()).toEqual(['vi']))
    await activateLanguage('en')
    asked[0]?.answer()
    const end = watch()
    await waitFor(() => expect(languages()).toEqual(['vi', 'en']))
    asked[1]?.answer()
    await waitFor(() => expect(shown()).toBe('in en'))
    end()
  })

  it('is asked for once a change, and not when more texts of the same language come', async () => {
    const end = watch()
    await waitFor(() => expect(languages()).toEqual(['vi']))
    asked[0]?.answer()
    await waitFor(() => expect(shown()).toBe('in vi'))
    const invalidate = vi.spyOn(queries, 'invalidateQueries')
    i18n.load('vi', {})
    await activateLanguage('en')
    await waitFor(() => expect(languages()).toEqual(['vi', 'en']))
    expect(invalidate).toHaveBeenCalledTimes(1)
    end()
  })
})
