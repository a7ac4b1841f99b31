import { screen } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { expect, it } from 'vitest'
import { minutes } from '@/testing/history'
import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'
import { useHistory } from './useHistory'
import { useSummary } from './useSummary'

const SERIES = 7

function Page() {
  const { history } = useHistory(SERIES, '1y')
  const figures = useSummary(SERIES, '1y', { above: 8 })
  return (
    <p>
      {history ? 'drawn' : 'empty'}, {figures.data ? 'counted' : 'waiting'}
    </p>
  )
}

it('asks for the figures of a year once the chart has its points, because they take the server longer', async () => {
  const asked: string[] = []
  let answerHistory = () => {}
  const answered = new Promise<void>((done) => (answerHistory = done))
  server.use(
    http.get(`*/api/v1/series/${SERIES}/history`, async () => {
      asked.push('history')
      await answered
      asked.push('answer')
      return HttpResponse.json(minutes([1, 2]))
    }),
    http.get(`*/api/v1/series/${SERIES}/summary`, () => {
      asked.push('summary')
      return HttpResponse.json({})
    }),
  )
  renderPage(<Page />)
  await expect.poll(() => asked).toEqual(['history'])
  answerHistory()
  await screen.findByText('drawn, counted')
  expect(asked).toEqual(['history', 'answer', 'summary'])
})

it('gives the figures also where the chart has failed', async () => {
  server.use(
    http.get(`*/api/v1/series/${SERIES}/history`, () => HttpResponse.json({}, { status: 404 })),
    http.get(`*/api/v1/series/${SERIES}/summary`, () => HttpResponse.json({})),
  )
  renderPage(<Page />)
  await screen.findByText('empty, counted')
})
