import { fireEvent, screen, waitFor } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { describe, expect, it } from 'vitest'

import { aSilence, aSite } from '@/testing/factories'
import { renderPage } from '@/testing/render'
import { at, setUpRules } from '@/testing/rules'
import { server } from '@/testing/server'

import RulesPage from './RulesPage'

const sent = setUpRules()

describe('the rules page', () => {
  it('switches a ready rule on', async () => {
    const { user } = renderPage(<RulesPage />, at(''))
    await user.click(await screen.findByRole('switch', { name: 'Bật Có khói' }))
    await waitFor(() => expect(sent[0]?.body).toEqual({ enabled: true }))
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

  it('gives a viewer the sentence to read and nothing to press', async () => {
    renderPage(<RulesPage />, { ...at('/1'), site: { role: 'viewer' } })
    expect(await screen.findByLabelText('Mức báo, °C')).toBeDisabled()
    expect(screen.queryByRole('switch')).not.toBeInTheDocument()
    expect(screen.queryByRole('button', { name: 'Lưu quy tắc' })).not.toBeInTheDocument()
    expect(screen.getByText('Chỉ chủ cơ sở sửa được quy tắc.')).toBeVisible()
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

describe('maintenance windows', () => {
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
    await user.click(await screen.findByRole('button', { name: 'Lên lịch bảo trì' }))
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
})
