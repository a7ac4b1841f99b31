import { act, screen, waitFor, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { describe, expect, it } from 'vitest'

import { activateLanguage } from '@/lib/i18n'
import { aRule, aSeries } from '@/testing/factories'
import { renderPage } from '@/testing/render'
import { aReplay, at, setUpRules } from '@/testing/rules'
import { server } from '@/testing/server'

import RulesPage from './RulesPage'

const sent = setUpRules()

describe('the sentence of a rule', () => {
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
})

describe('what a rule would have raised', () => {
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
})
