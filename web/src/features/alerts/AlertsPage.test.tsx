import { screen, waitFor, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Alert } from '@/lib/api/types'
import { LiveSite } from '@/lib/live/liveSite'
import { anAlert, aSeries, NOW_MS } from '@/testing/factories'
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
    await user.click(screen.getByRole('heading', { level: 1, name: OPEN.title }))
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
    await user.click(await screen.findByRole('button', { name: '30 phút' }))
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

  it('keeps the filter in the address', async () => {
    const { user, router } = show([OPEN, OVER])
    await user.click(screen.getByRole('button', { name: 'Kết thúc', pressed: false }))
    expect(router.state.location.search).toBe('?state=resolved')
    const list = within(screen.getByRole('log'))
    expect(list.queryByText('Kho lạnh 1 quá ấm')).toBeNull()
    expect(list.getByText('Khí NH₃ trên 25 ppm')).toBeVisible()
  })
})
