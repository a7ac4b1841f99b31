import { screen } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { beforeEach, describe, expect, it } from 'vitest'

import { aDevice } from '@/testing/factories'
import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'

import { QuarantinePanel } from './QuarantinePanel'

const ENTRY = {
  id: 7,
  at_ms: 1_763_883_128_000,
  reason: 'future',
  index: 0,
  detail: '',
  said: [],
  body: '{"ts":99,"values":{"temperature":5}}',
  encoding: 'utf-8',
  size: 36,
}

let kept: (typeof ENTRY)[]

beforeEach(() => {
  kept = [ENTRY]
  server.use(
    http.get('*/api/v1/devices/:id/quarantine', () =>
      HttpResponse.json({ next: null, results: kept, counts: { future: kept.length } }),
    ),
    http.post('*/api/v1/devices/:id/quarantine/7/retry', () =>
      HttpResponse.json({ stored: 0, duplicate: 0, rejected: [{ index: 0, reason: 'too_old' }] }),
    ),
    http.delete('*/api/v1/devices/:id/quarantine/7', () => {
      kept = []
      return new HttpResponse(null, { status: 204 })
    }),
  )
})

describe('refused bodies', () => {
  it('are shown whole with the reason, and can go through again', async () => {
    const { user } = renderPage(<QuarantinePanel device={aDevice()} />)
    expect(await screen.findByText(ENTRY.body)).toBeVisible()
    expect(screen.getByText('giờ của thiết bị ở tương lai')).toBeVisible()
    await user.click(screen.getByRole('button', { name: 'Thử nhận lại' }))
    expect(await screen.findByText('Vẫn bị từ chối: giờ của thiết bị quá cũ')).toBeVisible()
  })

  it('go away when deleted', async () => {
    const { user } = renderPage(<QuarantinePanel device={aDevice()} />)
    await user.click(await screen.findByRole('button', { name: 'Xoá' }))
    await user.click(screen.getByRole('button', { name: 'Xoá' }))
    expect(await screen.findByText('Không có gói nào bị từ chối.')).toBeVisible()
  })

  it('show the older ones when asked', async () => {
    const older = { ...ENTRY, id: 6, body: '{"older":1}' }
    server.use(
      http.get('*/api/v1/devices/:id/quarantine', ({ request }) => {
        const second = new URL(request.url).searchParams.get('cursor') === '7'
        return HttpResponse.json({
          next: second ? null : 'http://x/api/v1/devices/d/quarantine?cursor=7',
          results: [second ? older : ENTRY],
          counts: { future: 2 },
        })
      }),
    )
    const { user } = renderPage(<QuarantinePanel device={aDevice()} />)
    await user.click(await screen.findByRole('button', { name: 'Xem cũ hơn' }))
    expect(await screen.findByText(older.body)).toBeVisible()
    expect(screen.getByText(ENTRY.body)).toBeVisible()
    expect(screen.queryByRole('button', { name: 'Xem cũ hơn' })).not.toBeInTheDocument()
  })

  it('give a viewer nothing to press', async () => {
    renderPage(<QuarantinePanel device={aDevice()} />, { site: { role: 'viewer' } })
    await screen.findByText(ENTRY.body)
    expect(screen.queryByRole('button')).not.toBeInTheDocument()
  })
})
