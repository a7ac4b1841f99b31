import { screen, waitFor, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Alert } from '@/lib/api/types'
import { LiveSite } from '@/lib/live/liveSite'
import { aMe, anAlert, aSeries, NOW_MS } from '@/testing/factories'
import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'
import AlertsPage from './AlertsPage'

const OPEN = anAlert({ id: 1479, series: null, rule: null })
const OVER = anAlert({
  id: 1455,
  title: 'Khí NH₃ trên 25 ppm',
  state: 'resolved',
  resolved_ms: NOW_MS,
  series: null,
})

function show(
  alerts: readonly Alert[],
  role: 'operator' | 'viewer' = 'operator',
  route = '/s/tan-tao/alerts/1479',
) {
  const live = new LiveSite('tan-tao')
  live.alerts.load(alerts)
  return renderPage(<AlertsPage />, { live, route, path: '/s/:site/alerts/:id?', site: { role } })
}

function detail(alert: Alert) {
  const events = [{ seq: 1479, kind: 'opened', at_ms: alert.opened_ms, actor: null, text: '' }]
  return HttpResponse.json({ ...alert, events })
}

describe('alerts', () => {
  let stored: Alert

  beforeEach(() => {
    stored = OPEN
    server.use(
      http.get('*/api/v1/me', () => HttpResponse.json(aMe())),
      http.get('*/api/v1/sites/:site', () => HttpResponse.json({ slug: 'tan-tao', zones: [] })),
      http.get('*/api/v1/alerts', () => HttpResponse.json({ next: null, previous: null, results: [] })),
      http.get('*/api/v1/alerts/assignees', () => HttpResponse.json([{ username: 'hanh', name: 'Hạnh' }])),
      http.get('*/api/v1/alerts/:id', () => detail(stored)),
      http.get('*/api/v1/sites/:site/series', () => HttpResponse.json([aSeries()])),
    )
  })

  it('an operator acknowledges, and the list and the page show who has it', async () => {
    server.use(
      http.post('*/api/v1/alerts/1479/acknowledge', () => {
        const by = { acknowledged_by: 'Trần Quốc Bảo', acknowledged_ms: NOW_MS }
        stored = { ...OPEN, ...by, state: 'acknowledged', last_seq: 1480 }
        return HttpResponse.json(stored)
      }),
    )
    const { user } = show([OPEN, OVER])
    await user.click(await screen.findByRole('button', { name: 'Nhận xử lý' }))
    expect(await screen.findByText('Trần Quốc Bảo đã nhận lúc 14:32.')).toBeVisible()
    const row = within(screen.getByRole('log')).getByRole('link', { name: /Kho lạnh 1 quá ấm/ })
    expect(row).toHaveTextContent('Đã nhận')
    expect(screen.queryByRole('button', { name: 'Nhận xử lý' })).toBeNull()
  })

  it('has one main heading beside the list of a desk, and the tab names the alert that is read', async () => {
    show([OPEN, OVER])
    expect(await screen.findByRole('heading', { level: 2, name: OPEN.title })).toBeVisible()
    expect(screen.getAllByRole('heading', { level: 1 })).toHaveLength(1)
    expect(document.title).toContain(OPEN.title)
  })

  it('the key A acknowledges, but not while somebody writes a note', async () => {
    let asked = 0
    server.use(
      http.post('*/api/v1/alerts/1479/acknowledge', () => {
        asked += 1
        return HttpResponse.json({ ...OPEN, state: 'acknowledged', last_seq: 1480 })
      }),
    )
    const { user } = show([OPEN])
    await user.type(await screen.findByLabelText('Ghi chú'), 'a')
    expect(asked).toBe(0)
    await user.click(screen.getByRole('heading', { name: OPEN.title }))
    await user.keyboard('a')
    await waitFor(() => expect(asked).toBe(1))
  })

  it('an operator silences an alert, and the page says until when', async () => {
    let sent: unknown
    server.use(
      http.post('*/api/v1/alerts/1479/silence', async ({ request }) => {
        sent = await request.json()
        stored = { ...OPEN, silenced_until_ms: NOW_MS + 1_800_000, last_seq: 1480 }
        return HttpResponse.json(stored)
      }),
    )
    const { user } = show([OPEN])
    await user.click(await screen.findByRole('button', { name: '30\u00a0phút' }))
    expect(sent).toEqual({ until: '30_minutes', reason: '' })
    expect((await screen.findAllByText('Tạm im đến 15:02'))[0]).toBeVisible()
  })

  it('an operator assigns a member, whose name the list shows', async () => {
    server.use(
      http.post('*/api/v1/alerts/1479/assign', () => {
        stored = { ...OPEN, assigned_to: 'Hạnh', assigned_username: 'hanh', last_seq: 1480 }
        return HttpResponse.json(stored)
      }),
    )
    const { user } = show([OPEN])
    await screen.findByRole('option', { name: 'Hạnh' })
    await user.selectOptions(await screen.findByLabelText('Giao cho'), 'hanh')
    const row = within(screen.getByRole('log')).getByRole('link', { name: /Kho lạnh 1 quá ấm/ })
    await waitFor(() => expect(row).toHaveTextContent('Hạnh · #1480'))
  })

  it('shows who was quicker instead of an error', async () => {
    server.use(
      http.post('*/api/v1/alerts/1479/acknowledge', () => {
        stored = {
          ...OPEN,
          state: 'acknowledged',
          acknowledged_by: 'Hạnh',
          acknowledged_ms: NOW_MS,
          last_seq: 1480,
        }
        return HttpResponse.json({ code: 'already_acknowledged', status: 409 }, { status: 409 })
      }),
    )
    const { user } = show([OPEN])
    await user.click(await screen.findByRole('button', { name: 'Nhận xử lý' }))
    expect(await screen.findByText('Hạnh đã nhận lúc 14:32.')).toBeVisible()
    expect(screen.queryByRole('alert')).toBeNull()
  })

  it('a viewer sees no buttons that act', async () => {
    show([OPEN], 'viewer')
    expect(await screen.findByText('#1479', { selector: 'ol[class] span' })).toBeVisible()
    expect(screen.queryByRole('button', { name: 'Nhận xử lý' })).toBeNull()
    expect(screen.queryByLabelText('Ghi chú')).toBeNull()
  })

  it('keeps a note that could not be sent', async () => {
    server.use(http.post('*/api/v1/alerts/1479/comments', () => HttpResponse.error()))
    const { user } = show([OPEN])
    await user.type(await screen.findByLabelText('Ghi chú'), 'Em đang ra đóng.')
    await user.click(screen.getByRole('button', { name: 'Gửi' }))
    expect(await screen.findByRole('alert')).toHaveTextContent('Chưa gửi được, ghi chú còn nguyên.')
    expect(screen.getByLabelText('Ghi chú')).toHaveValue('Em đang ra đóng.')
  })

  it('an operator acknowledges several, and hears where somebody was faster', async () => {
    const alerts = [1, 2, 3].map((n) =>
      anAlert({ id: n, title: `Kho ${n}`, opened_ms: NOW_MS - n, series: null }),
    )
    let sent: unknown
    server.use(
      http.post('*/api/v1/alerts/acknowledge', async ({ request }) => {
        sent = await request.json()
        const taken = alerts.slice(0, 2).map((alert) => ({ ...alert, state: 'acknowledged', last_seq: 2000 }))
        const results = taken.map((alert, n) => ({
          id: alert.id,
          code: n ? 'already_acknowledged' : 'done',
          alert,
        }))
        return HttpResponse.json({ done: 1, results })
      }),
    )
    const { user } = show(alerts, 'operator', '/s/tan-tao/alerts')
    const list = within(screen.getByRole('log'))
    await user.click(list.getByRole('checkbox', { name: 'Chọn Kho 1' }))
    await user.keyboard('{Shift>}')
    await user.click(list.getByRole('checkbox', { name: 'Chọn Kho 3' }))
    await user.keyboard('{/Shift}')
    list.getByRole('link', { name: /Kho 3/ }).focus()
    await user.keyboard(' ')
    const bar = within(screen.getByRole('group', { name: 'Các cảnh báo đã chọn' }))
    expect(bar.getByText('Đã chọn 2')).toBeVisible()
    await user.click(bar.getByRole('button', { name: 'Nhận xử lý' }))
    expect(sent).toEqual({ site: 'tan-tao', ids: [1, 2] })
    expect(
      await bar.findByText('Đã nhận 1 cảnh báo. 1 cảnh báo không đổi được: đã có người làm trước.'),
    ).toBeVisible()
    expect(list.getByRole('link', { name: /Kho 1/ })).toHaveTextContent('Đã nhận')
  })

  it('selects all that is not over, and resolves it only after a question', async () => {
    let sent: unknown
    server.use(
      http.post('*/api/v1/alerts/resolve', async ({ request }) => {
        sent = await request.json()
        return HttpResponse.json({
          done: 1,
          results: [{ id: 1479, code: 'done', alert: { ...OPEN, state: 'resolved', last_seq: 1490 } }],
        })
      }),
    )
    const { user } = show([OPEN, OVER])
    await user.click(screen.getByRole('checkbox', { name: 'Chọn tất cả' }))
    const bar = within(screen.getByRole('group', { name: 'Các cảnh báo đã chọn' }))
    await user.click(bar.getByRole('button', { name: 'Kết thúc' }))
    expect(sent).toBeUndefined()
    await user.click(
      within(bar.getByRole('group', { name: 'Kết thúc 1 cảnh báo?' })).getByRole('button', {
        name: 'Kết thúc',
      }),
    )
    expect(await bar.findByText('Đã kết thúc 1 cảnh báo.')).toBeVisible()
    expect(sent).toEqual({ site: 'tan-tao', ids: [1479] })
  })

  it('a viewer selects nothing', () => {
    show([OPEN], 'viewer')
    expect(screen.queryByRole('checkbox', { name: /^Chọn/ })).toBeNull()
  })

  it('a filter in the address asks the server for the past as well, and can be dropped', async () => {
    const past = anAlert({
      id: 7,
      title: 'Kho đông quá ấm',
      state: 'resolved',
      resolved_ms: NOW_MS,
      series: null,
    })
    let asked = ''
    server.use(
      http.get('*/api/v1/alerts', ({ request }) => {
        asked = new URL(request.url).search
        return HttpResponse.json({ next: null, previous: null, results: [past] })
      }),
    )
    const { user, router } = show(
      [OPEN, OVER],
      'operator',
      '/s/tan-tao/alerts?q=dong&severity=critical&from=2025-11-20',
    )
    const list = within(await screen.findByRole('log'))
    expect(await list.findByText('Kho đông quá ấm')).toBeVisible()
    expect(list.queryByText('Kho lạnh 1 quá ấm')).toBeNull()
    expect(asked).toContain('q=dong')
    expect(asked).toContain('severity=critical')
    expect(asked).toContain(`from=${Date.parse('2025-11-20T00:00+07:00')}`)
    await user.click(screen.getByRole('button', { name: 'Xem tất cả' }))
    expect(router.state.location.search).toBe('')
    expect(await screen.findByText('Khí NH₃ trên 25 ppm')).toBeVisible()
  })

  it('the focus goes into the opened alert, and back to its row', async () => {
    stored = OVER
    const { user } = show([OPEN, OVER], 'operator', '/s/tan-tao/alerts')
    await user.click(within(screen.getByRole('log')).getByRole('link', { name: /NH₃/ }))
    await waitFor(() => expect(screen.getByRole('region', { name: OVER.title })).toHaveFocus())
    await user.keyboard('{Escape}')
    await waitFor(() =>
      expect(within(screen.getByRole('log')).getByRole('link', { name: /NH₃/ })).toHaveFocus(),
    )
  })

  it('a newer alert does not take the place of the one that is read', async () => {
    const { live } = show([OPEN], 'operator', '/s/tan-tao/alerts')
    expect(await screen.findByRole('region', { name: OPEN.title })).toBeVisible()
    live.alerts.merge(anAlert({ id: 1500, title: 'Mới hơn', opened_ms: NOW_MS, series: null }))
    expect(await within(screen.getByRole('log')).findByText('Mới hơn')).toBeVisible()
    expect(screen.getByRole('region', { name: OPEN.title })).toBeVisible()
  })

  it('keeps the filter in the address', async () => {
    const { user, router } = show([OPEN, OVER])
    await user.click(screen.getByRole('button', { name: 'Kết thúc', pressed: false }))
    expect(router.state.location.search).toBe('?state=resolved')
    const list = within(screen.getByRole('log'))
    expect(list.queryByText('Kho lạnh 1 quá ấm')).toBeNull()
    expect(list.getByText('Khí NH₃ trên 25 ppm')).toBeVisible()
  })
})
