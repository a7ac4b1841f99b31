import { screen, waitFor } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { describe, expect, it } from 'vitest'

import { aDevice } from '@/testing/factories'
import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'

import { RetirePanel } from './RetirePanel'

describe('taking a device out of use', () => {
  it('asks first, then retires this version of it', async () => {
    let sent: unknown
    server.use(
      http.patch('*/api/v1/devices/:id', async ({ request }) => {
        sent = [request.headers.get('If-Match'), await request.json()]
        return HttpResponse.json(aDevice())
      }),
    )
    const { user } = renderPage(<RetirePanel device={aDevice({ version: 4 })} />)
    await user.click(screen.getByRole('button', { name: 'Ngừng dùng thiết bị' }))
    expect(sent).toBeUndefined()
    expect(screen.getByText(/Lịch sử giữ nguyên/)).toBeVisible()
    await user.click(screen.getByRole('button', { name: 'Ngừng dùng thiết bị' }))
    await waitFor(() => expect(sent).toEqual(['"4"', { retired: true }]))
  })

  it('deletes only after the id was typed, beside what goes with it', async () => {
    let deleted = false
    server.use(
      http.get('*/api/v1/devices/:id', () =>
        HttpResponse.json({ ...aDevice(), troubles: [], series_count: 2, rule_count: 1, alert_count: 14 }),
      ),
      http.delete('*/api/v1/devices/:id', () => {
        deleted = true
        return new HttpResponse(null, { status: 204 })
      }),
    )
    const { user } = renderPage(<RetirePanel device={aDevice({ id: 'kho-1' })} />)
    await user.click(screen.getByRole('button', { name: 'Xoá thiết bị' }))
    await screen.findByText('1 quy tắc riêng của thiết bị này')
    expect(screen.getByText(/^2 kênh đo/)).toBeVisible()
    expect(screen.getByText(/^14 cảnh báo/)).toBeVisible()
    const field = screen.getByLabelText('Gõ mã thiết bị kho-1 để xác nhận')
    expect(field).toHaveFocus()
    await user.type(field, 'kho-2{Enter}')
    expect(screen.getByRole('button', { name: 'Xác nhận xoá' })).toBeDisabled()
    expect(deleted).toBe(false)
    await user.clear(field)
    await user.type(field, 'kho-1{Enter}')
    await waitFor(() => expect(deleted).toBe(true))
  })
})
