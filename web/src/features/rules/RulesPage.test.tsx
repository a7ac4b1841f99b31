import { screen, waitFor, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { beforeEach, describe, expect, it } from 'vitest'

import { aMetric, aRule, aSeries } from '@/testing/factories'
import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'

import RulesPage from './RulesPage'

const series = aSeries({ id: 1 })
let sent: { body: Record<string, unknown>; ifMatch: string | null }[]

beforeEach(() => {
  sent = []
  const rules = [
    aRule({ id: 1, name: 'Kho lạnh 1 quá ấm' }),
    aRule({
      id: 2,
      name: 'Có khói',
      template: 'smoke',
      metric: 'smoke',
      series: null,
      enabled: false,
      condition: { kind: 'is_true', for_seconds: 0 },
    }),
  ]
  const note = async (request: Request) => {
    sent.push({
      body: (await request.json()) as Record<string, unknown>,
      ifMatch: request.headers.get('If-Match'),
    })
  }
  server.use(
    http.get('*/api/v1/rules', () => HttpResponse.json(rules)),
    http.get('*/api/v1/metrics', () =>
      HttpResponse.json([
        aMetric(),
        aMetric({ metric: 'gas', kind: 'binary', usual: false }),
        aMetric({ metric: 'relay', kind: 'binary', usual: false }),
        aMetric({ metric: 'pressure', usual: false }),
      ]),
    ),
    http.get('*/api/v1/sites/:slug/series', () => HttpResponse.json([series])),
    http.patch('*/api/v1/rules/:id', async ({ request, params }) => {
      await note(request)
      return HttpResponse.json(rules[Number(params.id) - 1])
    }),
    http.post('*/api/v1/rules', async ({ request }) => {
      await note(request)
      return HttpResponse.json(aRule({ id: 3 }), { status: 201 })
    }),
  )
})

const at = (route: string) => ({ route: `/s/tan-tao/rules${route}`, path: '/s/:site/rules/:id?' })

describe('the rules page', { timeout: 30_000 }, () => {
  it('switches a ready rule on', async () => {
    const { user } = renderPage(<RulesPage />, at(''))
    await user.click(await screen.findByRole('switch', { name: 'Bật Có khói' }))
    await waitFor(() => expect(sent[0]?.body).toEqual({ enabled: true }))
  })

  it('saves a changed level by keyboard, and only what is whole', async () => {
    const { user } = renderPage(<RulesPage />, at('/1'))
    const level = await screen.findByLabelText('Mức báo, °C')
    await user.clear(level)
    await user.keyboard('{Control>}s{/Control}')
    expect(await screen.findByText('Điền một số vào ô đang viền đỏ.')).toBeVisible()
    expect(level).toBeInvalid()
    await user.type(level, '9,5')
    await user.keyboard('{Control>}s{/Control}')
    await waitFor(() =>
      expect(sent[0]?.body).toMatchObject({
        condition: { kind: 'above', level: 9.5, clear: 6.5 },
        series: 1,
      }),
    )
  })

  it('begins a new rule with the series that the person came from', async () => {
    const { user } = renderPage(<RulesPage />, at('/new?series=1'))
    await user.type(await screen.findByLabelText('Tên'), 'Quá nóng')
    await user.type(screen.getByLabelText('Mức báo, °C'), '35')
    await user.click(screen.getByRole('button', { name: 'Lưu quy tắc' }))
    await waitFor(() =>
      expect(sent[0]?.body).toMatchObject({
        site: 'tan-tao',
        name: 'Quá nóng',
        series: 1,
        metric: 'temperature',
        condition: { level: 35, clear: 35, for_seconds: 60 },
      }),
    )
  })

  it.each([
    ['gas', ['chuyển sang', 'không có số']],
    ['relay', ['chuyển sang', 'không có số']],
    ['pressure', ['trên', 'dưới', 'ngoài khoảng', 'đổi nhanh hơn', 'không có số']],
  ])('offers for %s, which no series has yet, the conditions of its kind', async (metric, conditions) => {
    const condition = { kind: 'no_data', for_seconds: 60 } as const
    server.use(
      http.get('*/api/v1/rules', () =>
        HttpResponse.json([aRule({ id: 1, metric, series: null, condition })]),
      ),
    )
    renderPage(<RulesPage />, at('/1'))
    const offered = within(await screen.findByLabelText('Điều kiện')).getAllByRole('option')
    expect(offered.map((each) => each.textContent)).toEqual(conditions)
  })

  it('goes by the kind of a series, whatever the catalogue says of its metric', async () => {
    const gas = aSeries({ id: 1, metric: 'gas', kind: 'number', unit: 'ppm' })
    server.use(
      http.get('*/api/v1/rules', () => HttpResponse.json([aRule({ id: 1, metric: 'gas', series: 1 })])),
      http.get('*/api/v1/sites/:slug/series', () => HttpResponse.json([gas])),
    )
    renderPage(<RulesPage />, at('/1'))
    expect(within(await screen.findByLabelText('Điều kiện')).getAllByRole('option')).toHaveLength(5)
  })

  it('gives a viewer the sentence to read and nothing to press', async () => {
    renderPage(<RulesPage />, { ...at('/1'), site: { role: 'viewer' } })
    expect(await screen.findByLabelText('Mức báo, °C')).toBeDisabled()
    expect(screen.queryByRole('switch')).not.toBeInTheDocument()
    expect(screen.queryByRole('button', { name: 'Lưu quy tắc' })).not.toBeInTheDocument()
    expect(screen.getByText('Chỉ chủ cơ sở sửa được quy tắc.')).toBeVisible()
  })
})
