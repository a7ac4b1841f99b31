import { useQueryClient } from '@tanstack/react-query'
import { screen } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { expect, it } from 'vitest'
import { minutes } from '@/testing/history'
import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'
import { useAskHistory, useHistory } from './useHistory'
import { useView } from './view'

const SERIES = 7

it('asks for a range in the turn in which it is chosen, before the page is drawn anew, and once', async () => {
  const asked: string[] = []
  const drawn: string[] = []
  server.use(
    http.get(`*/api/v1/series/${SERIES}/history`, () => {
      asked.push('history')
      return HttpResponse.json(minutes([1, 2]))
    }),
  )
  function Page() {
    const { chosen, choose } = useView(useAskHistory(SERIES))
    const asking = useQueryClient().isFetching({ queryKey: ['series', SERIES, 'history', chosen] })
    drawn.push(`${JSON.stringify(chosen)} ${asking}`)
    const { query } = useHistory(SERIES, chosen)
    return (
      <button type="button" onClick={() => choose('1y')}>
        {query.isPlaceholderData || !query.data ? 'waiting' : query.data.chosen === '1y' ? 'a year' : 'a day'}
      </button>
    )
  }
  const { user } = renderPage(<Page />)
  await user.click(await screen.findByText('a day'))
  await screen.findByText('a year')
  expect(drawn.find((line) => line.startsWith('"1y"'))).toBe('"1y" 1')
  expect(asked).toEqual(['history', 'history'])
})
