import { act, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { beforeEach, describe, expect, it } from 'vitest'

import { activateLanguage } from '@/lib/i18n'
import { aCamera, aMetric, aRule, aSeries, aSilence, aSite } from '@/testing/factories'
import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'

import RulesPage from './RulesPage'

const series = aSeries({ id: 1 })
const aReplay = {
  series: [{ series: 1, count: 3 }],
  with: { count: 3, flaps: 0, time_ms: 600_000, longest_ms: 300_000, spans: [] },
  without_clear: { count: 14, flaps: 11, time_ms: 600_000, longest_ms: 300_000 },
  raw_from_ms: 0,
  covered_ms: 1,
  partial: false,
}
let sent: { body: Record<string, unknown>; ifMatch: string | null }[]

beforeEach(() => {
  sent = []
  const rules = [
    aRule({ id: 1, name: 'Kho lạnh 1 quá ấm' }),
    aRule({
      id: 2,
      name: 'Có khói',
      name_code: 'smoke',
      template: 'smoke',
      metric: 'smoke',
      series: null,
      watched: { series_count: 0, unit: '', place: '' },
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
    http.get('*/api/v1/series/1', () => HttpResponse.json(series)),
    http.get('*/api/v1/sites/:slug/metrics', () =>
      HttpResponse.json([{ metric: 'temperature', unit: '°C', kind: 'number', series_count: 1 }]),
    ),
    http.get('*/api/v1/sites/:slug', () => HttpResponse.json(aSite())),
    http.get('*/api/v1/silences', () => HttpResponse.json([])),
    http.get('*/api/v1/cameras', () => HttpResponse.json([aCamera({ id: 'gate', name: 'Cổng' })])),
    http.post('*/api/v1/sites/:slug/rules/try', () => HttpResponse.json({ series: [], partial: false })),
    http.post('*/api/v1/sites/:slug/rules/replay', () => HttpResponse.json(aReplay)),
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

describe('the rules page', () => {
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
    expect((await screen.findAllByText('Mức báo: chưa điền.'))[0]).toBeVisible()
    expect(level).toBeInvalid()
    expect(level).toHaveFocus()
    expect(level).toHaveAccessibleDescription('Mức báo: chưa điền.')
    await user.type(level, '9,5')
    await user.keyboard('{Control>}s{/Control}')
    await waitFor(() =>
      expect(sent[0]?.body).toMatchObject({
        condition: { kind: 'above', level: 9.5, clear: 6.5 },
        series: 1,
      }),
    )
  })

  it('writes its numbers and a ready name in the other language when that changes, and keeps what was written', async () => {
    server.use(
      http.get('*/api/v1/rules', () =>
        HttpResponse.json([aRule({ id: 1, name: 'Nhiệt độ cao', name_code: 'temperature_high' })]),
      ),
    )
    const { user } = renderPage(<RulesPage />, at('/1'))
    const level = await screen.findByLabelText('Mức báo, °C')
    await user.clear(level)
    await user.type(level, '9,5')
    await act(() => activateLanguage('en'))
    expect(level).toHaveValue('9.5')
    expect(screen.getByDisplayValue('High temperature')).toBeVisible()
    await act(() => activateLanguage('vi'))
    expect(level).toHaveValue('9,5')
    expect(screen.getByDisplayValue('Nhiệt độ cao')).toBeVisible()
  })

  it('keeps a ready name that nobody touched: saved in English, it is not renamed', async () => {
    await activateLanguage('en')
    const { user } = renderPage(<RulesPage />, at('/2'))
    expect(await screen.findByLabelText('Name')).toHaveValue('Smoke')
    await user.selectOptions(screen.getByDisplayValue('Critical'), 'warning')
    await user.keyboard('{Control>}s{/Control}')
    await waitFor(() => expect(sent).toHaveLength(1))
    expect(sent[0]?.body).not.toHaveProperty('name')
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
    ['gas', ['có khí', 'mất dữ liệu']],
    ['relay', ['bật', 'mất dữ liệu']],
    ['pressure', ['trên', 'dưới', 'ngoài khoảng', 'đổi nhanh hơn', 'mất dữ liệu']],
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
      http.get('*/api/v1/series/1', () => HttpResponse.json(gas)),
    )
    renderPage(<RulesPage />, at('/1'))
    expect(within(await screen.findByLabelText('Điều kiện')).getAllByRole('option')).toHaveLength(5)
  })

  it('finds the place of a rule by typing where too many measure the same, and never asks for all of them', async () => {
    const many = Array.from({ length: 51 }, (_, at) =>
      aSeries({ id: at + 1, device_name: `Tủ ${at}`, name: `Kênh ${at}` }),
    )
    const far = aSeries({ id: 30_000, name: 'Kênh xa' })
    const asked: URLSearchParams[] = []
    server.use(
      http.get('*/api/v1/sites/:slug/series', ({ request }) => {
        const query = new URL(request.url).searchParams
        asked.push(query)
        return HttpResponse.json(query.get('q') ? [far] : many)
      }),
      http.get('*/api/v1/series/30000', () => HttpResponse.json(far)),
    )
    const { user } = renderPage(<RulesPage />, at('/1'))
    await user.type(await screen.findByRole('searchbox', { name: 'Tìm vị trí' }), 'xa')
    const place = screen.getByRole('combobox', { name: 'Nơi' })
    await user.selectOptions(place, await within(place).findByRole('option', { name: /Kênh xa/ }))
    await user.click(screen.getByRole('button', { name: 'Lưu quy tắc' }))
    await waitFor(() => expect(sent[0]?.body).toMatchObject({ series: 30_000 }))
    for (const query of asked) expect(query.has('ids') || Number(query.get('limit')) > 0).toBe(true)
  })

  it('gives a viewer the sentence to read and nothing to press', async () => {
    renderPage(<RulesPage />, { ...at('/1'), site: { role: 'viewer' } })
    expect(await screen.findByLabelText('Mức báo, °C')).toBeDisabled()
    expect(screen.queryByRole('switch')).not.toBeInTheDocument()
    expect(screen.queryByRole('button', { name: 'Lưu quy tắc' })).not.toBeInTheDocument()
    expect(screen.getByText('Chỉ chủ cơ sở sửa được quy tắc.')).toBeVisible()
  })

  it('says in words how often the rule would have raised', async () => {
    let asked: unknown
    server.use(
      http.post('*/api/v1/sites/:slug/rules/replay', async ({ request }) => {
        asked = await request.json()
        return HttpResponse.json(aReplay)
      }),
    )
    renderPage(<RulesPage />, at('/1'))
    const words = await screen.findByText(/14 lần, tái diễn 11; với mức hết báo 6,5: 3/)
    expect(words).toHaveAttribute('role', 'status')
    expect(asked).toMatchObject({ series: 1, condition: { kind: 'above', level: 8, clear: 6.5 } })
  })

  it('says since when there are readings, where the replay begins before that', async () => {
    const since = Date.now() - 3_600_000
    server.use(
      http.post('*/api/v1/sites/:slug/rules/replay', () =>
        HttpResponse.json({ ...aReplay, raw_from_ms: since, partial: true }),
      ),
    )
    renderPage(<RulesPage />, at('/1'))
    expect(await screen.findByText(/^Số đo gốc chỉ còn từ/)).toBeVisible()
  })

  it('says of an unfinished sentence that it cannot be tried', async () => {
    renderPage(<RulesPage />, at('/new'))
    expect(await screen.findByText('Viết xong câu để xem quy tắc sẽ báo thế nào.')).toBeVisible()
  })

  it('shows who changed what where somebody else was faster, and keeps or drops what was written', async () => {
    const theirs = aRule({
      id: 1,
      version: 2,
      condition: { kind: 'above', level: 7, clear: 6, for_seconds: 60 },
    })
    let saved = [aRule({ id: 1 })]
    server.use(
      http.get('*/api/v1/rules', () => HttpResponse.json(saved)),
      http.get('*/api/v1/sites/:slug/audit', () =>
        HttpResponse.json({
          entries: [
            { id: 1, at: theirs.updated_at, kind: 'rule.changed', who: 'Bình', subject: '', data: { id: 1 } },
          ],
          next: null,
        }),
      ),
      http.patch('*/api/v1/rules/:id', async ({ request }) => {
        const ifMatch = request.headers.get('If-Match')
        sent.push({ body: (await request.json()) as Record<string, unknown>, ifMatch })
        if (ifMatch === '"2"') return HttpResponse.json({ ...theirs, version: 3 })
        saved = [theirs]
        return HttpResponse.json({ code: 'conflict' }, { status: 412 })
      }),
    )
    const { user } = renderPage(<RulesPage />, at('/1'))
    const level = await screen.findByLabelText('Mức báo, °C')
    await user.clear(level)
    await user.type(level, '9')
    await user.click(screen.getByRole('button', { name: 'Lưu quy tắc' }))
    const alert = await screen.findByText(/Bình đã lưu quy tắc này/)
    expect(alert).toBeVisible()
    expect(screen.getByRole('row', { name: /trên 7\s°C.*trên 9\s°C/ })).toBeVisible()
    expect(level).toHaveValue('9')
    await user.click(screen.getByRole('button', { name: 'Giữ bản của tôi' }))
    await waitFor(() =>
      expect(sent.at(-1)).toMatchObject({ ifMatch: '"2"', body: { condition: { level: 9 } } }),
    )
  })

  it('takes over what somebody else saved where nothing was written here', async () => {
    let saved = [aRule({ id: 1 })]
    server.use(http.get('*/api/v1/rules', () => HttpResponse.json(saved)))
    const { queries } = renderPage(<RulesPage />, at('/1'))
    const level = await screen.findByLabelText('Mức báo, °C')
    saved = [aRule({ id: 1, version: 2, condition: { kind: 'above', level: 7, clear: 6, for_seconds: 60 } })]
    await queries.invalidateQueries()
    await waitFor(() => expect(level).toHaveValue('7'))
  })

  it('saves hours and days, and asks for a day', async () => {
    const { user } = renderPage(<RulesPage />, at('/1'))
    await user.selectOptions(await screen.findByLabelText('Giờ và ngày'), 'some')
    expect(screen.getByText('hôm sau')).toBeVisible()
    for (const day of ['T2', 'T3', 'T4', 'T5', 'T6', 'T7', 'CN'])
      await user.click(screen.getByRole('button', { name: day }))
    await user.click(screen.getByRole('button', { name: 'Lưu quy tắc' }))
    expect(screen.getAllByText('Chọn ít nhất một ngày.')[0]).toBeVisible()
    expect(screen.getByRole('button', { name: 'T2' })).toHaveFocus()
    await user.click(screen.getByRole('button', { name: 'CN' }))
    await user.selectOptions(screen.getByLabelText('Khi nào áp dụng'), 'away')
    await user.click(screen.getByRole('button', { name: 'Lưu quy tắc' }))
    await waitFor(() =>
      expect(sent[0]?.body).toMatchObject({
        schedule: { days: ['sun'], start: '22:00', end: '06:00' },
        applies: 'away',
      }),
    )
  })

  it('begins with a copy of a rule', async () => {
    renderPage(<RulesPage />, at('/new?copy=1'))
    expect(await screen.findByLabelText('Tên')).toHaveValue('Kho lạnh 1 quá ấm (bản sao)')
    expect(screen.getByLabelText('Mức báo, °C')).toHaveValue('8')
    const groups = within(screen.getByLabelText('Bắt đầu từ')).getAllByRole('group')
    expect(groups.map((each) => each.getAttribute('label'))).toEqual([
      'Bản sao của một quy tắc',
      'Mẫu có sẵn',
    ])
  })

  it('finds rules without marks, says what they watch, and takes a switch back', async () => {
    const { user } = renderPage(<RulesPage />, at(''))
    expect(await screen.findByText('Theo dõi 1 kênh đo')).toBeVisible()
    await user.click(screen.getByRole('switch', { name: 'Bật Kho lạnh 1 quá ấm' }))
    await user.click(await screen.findByRole('button', { name: /Hoàn tác/ }))
    await waitFor(() => expect(sent.map((each) => each.body)).toHaveLength(2))
    await user.type(screen.getByRole('searchbox', { name: 'Tìm quy tắc' }), 'kho lanh')
    expect(screen.queryByText('Có khói')).not.toBeInTheDocument()
    expect(screen.getByText('Kho lạnh 1 quá ấm')).toBeVisible()
  })

  it('plans a maintenance window by the clock of the site, and ends one early', async () => {
    let ended = ''
    server.use(
      http.get('*/api/v1/silences', () => HttpResponse.json([aSilence()])),
      http.post('*/api/v1/silences', async ({ request }) => {
        sent.push({ body: (await request.json()) as Record<string, unknown>, ifMatch: null })
        return HttpResponse.json(aSilence(), { status: 201 })
      }),
      http.delete('*/api/v1/silences/:id', ({ params }) => {
        ended = String(params.id)
        return HttpResponse.json(aSilence())
      }),
    )
    const { user } = renderPage(<RulesPage />, at(''))
    await user.click(await screen.findByRole('button', { name: 'Thêm' }))
    fireEvent.change(screen.getByLabelText('Từ'), { target: { value: '2099-01-01T08:00' } })
    fireEvent.change(screen.getByLabelText('Đến'), { target: { value: '2099-01-01T07:00' } })
    await user.click(screen.getByRole('button', { name: 'Lên lịch' }))
    expect(screen.getByText('Phải kết thúc sau lúc bắt đầu và sau lúc này.')).toBeVisible()
    fireEvent.change(screen.getByLabelText('Đến'), { target: { value: '2099-01-01T10:00' } })
    await user.click(screen.getByRole('button', { name: 'Lên lịch' }))
    await waitFor(() =>
      expect(sent[0]?.body).toMatchObject({
        from_ms: Date.parse('2099-01-01T01:00Z'),
        to_ms: Date.parse('2099-01-01T03:00Z'),
      }),
    )
    await user.click(screen.getByRole('button', { name: /Kết thúc ngay|Huỷ/ }))
    await waitFor(() => expect(ended).toBe('5'))
  })

  it('names what a silence of one alert is about: its rule, device and series, or its camera', async () => {
    const ofSeries = {
      rule_name: 'Quá ấm',
      series: 3,
      series_name: '',
      metric: 'humidity',
      device_name: 'Kho 1',
    }
    server.use(
      http.get('*/api/v1/silences', () =>
        HttpResponse.json([aSilence(ofSeries), aSilence({ id: 6, camera: 'gate' })]),
      ),
    )
    renderPage(<RulesPage />, at(''))
    expect(await screen.findByText('Quá ấm · Kho 1 · Độ ẩm')).toBeVisible()
    expect(await screen.findByText('Cổng')).toBeVisible()
  })

  it('sets the away switch', async () => {
    let away: unknown
    server.use(
      http.put('*/api/v1/sites/:slug/away', async ({ request }) => {
        away = await request.json()
        return HttpResponse.json({
          ...aSite(),
          away: true,
          away_set_by: 'An',
          away_set_at: '2026-11-26T00:00Z',
        })
      }),
    )
    const { user } = renderPage(<RulesPage />, at(''))
    await user.click(await screen.findByRole('switch', { name: 'Đang vắng người' }))
    await waitFor(() => expect(away).toEqual({ away: true }))
    expect(await screen.findByText(/An đổi lúc/)).toBeVisible()
  })
})
