import { screen, waitFor, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { beforeEach, describe, expect, it } from 'vitest'

import type { ListedZone } from '@/lib/api/types'
import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'

import { ZonesTab } from './ZonesTab'

let zones: ListedZone[]
let sent: unknown[]

beforeEach(() => {
  sent = []
  zones = ['Kho 1', 'Kho 2', 'Sân'].map((name, place) => ({
    id: place + 1,
    name,
    note: '',
    position: place,
    device_count: place === 0 ? 2 : 0,
    camera_count: 0,
  }))
  const listed = () => HttpResponse.json(zones, { headers: { ETag: '"5"' } })
  server.use(
    http.get('*/api/v1/sites/:slug/zones', listed),
    http.put('*/api/v1/sites/:slug/zones', async ({ request }) => {
      const { order } = (await request.json()) as { order: number[] }
      sent.push([request.headers.get('If-Match'), order])
      zones = order.flatMap((id) => zones.filter((zone) => zone.id === id))
      return listed()
    }),
    http.patch('*/api/v1/sites/:slug/zones/:id', async ({ request, params }) => {
      sent.push([Number(params.id), await request.json()])
      return HttpResponse.json({})
    }),
    http.delete('*/api/v1/sites/:slug/zones/:id', ({ request, params }) => {
      sent.push([Number(params.id), new URL(request.url).search])
      return new HttpResponse(null, { status: 204 })
    }),
  )
})

function names(): string[] {
  return screen.getAllByRole('listitem').map((item) => item.querySelector('b')?.textContent ?? '')
}

describe('the zones of a site', () => {
  it('are moved by the keyboard, with one call for all of them, and the new place is said', async () => {
    const { user } = renderPage(<ZonesTab />)
    ;(await screen.findByRole('button', { name: 'Chuyển Sân lên' })).focus()
    await user.keyboard('{Enter}')
    await waitFor(() => expect(sent).toEqual([['"5"', [1, 3, 2]]]))
    expect(names()).toEqual(['Kho 1', 'Sân', 'Kho 2'])
    expect(screen.getByText('Sân: vị trí 2 trong 3')).toBeInTheDocument()
    expect(screen.getByRole('button', { name: 'Chuyển Kho 1 lên' })).toBeDisabled()
  })

  it('are renamed and described', async () => {
    const { user } = renderPage(<ZonesTab />)
    await user.click(await screen.findByRole('button', { name: 'Sửa Kho 2' }))
    expect(screen.getByLabelText(/^Tên/)).toHaveFocus()
    await user.type(screen.getByLabelText('Ghi chú'), 'tầng 2')
    await user.click(screen.getByRole('button', { name: 'Lưu' }))
    await waitFor(() => expect(sent).toEqual([[2, { name: 'Kho 2', note: 'tầng 2' }]]))
  })

  it('ask where their devices go before they are deleted', async () => {
    const { user } = renderPage(<ZonesTab />)
    await user.click(await screen.findByRole('button', { name: 'Xoá Kho 1' }))
    const question = within(screen.getByRole('form', { name: 'Xoá Kho 1' }))
    await user.click(question.getByRole('combobox', { name: 'Chuyển 2 thiết bị đi đâu?' }))
    await user.click(await screen.findByRole('option', { name: 'Sân' }))
    await user.click(question.getByRole('button', { name: 'Xác nhận xoá' }))
    await waitFor(() => expect(sent).toEqual([[1, '?heir=3']]))
  })
})
