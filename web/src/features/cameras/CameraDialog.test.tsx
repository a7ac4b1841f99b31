import { screen, waitFor, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { beforeEach, expect, it, vi } from 'vitest'

import type { Camera } from '@/lib/api/types'
import { aCamera, aSite } from '@/testing/factories'
import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'

import { CameraDialog } from './CameraDialog'

let stored: Camera
let edits: { tag: string | null; name: string }[]

beforeEach(() => {
  stored = aCamera({ id: 'gate', name: 'Cổng', version: 3 })
  edits = []
  server.use(
    http.get('*/api/v1/sites/:slug', () => HttpResponse.json(aSite())),
    http.get('*/api/v1/sites/:slug/audit', () =>
      HttpResponse.json({
        entries: [
          { id: 2, at: '', kind: 'camera.changed', who: 'An', subject: '', data: { id: 'yard' } },
          { id: 1, at: '', kind: 'camera.changed', who: 'Bình', subject: '', data: { id: 'gate' } },
        ],
        next: null,
      }),
    ),
    http.get('*/api/v1/server', () => HttpResponse.json({ media_server: 'gateway', rtsp: null })),
    http.get('*/api/v1/cameras/gate', () => HttpResponse.json(stored)),
    http.patch('*/api/v1/cameras/gate', async ({ request }) => {
      const tag = request.headers.get('If-Match')
      edits.push({ tag, name: ((await request.json()) as { name: string }).name })
      if (tag !== `"${stored.version}"`)
        return HttpResponse.json({ code: 'conflict', detail: 'Changed.' }, { status: 412 })
      return HttpResponse.json(stored)
    }),
  )
})

async function renameWhileSomebodyElseDoes() {
  const onClose = vi.fn()
  const page = renderPage(<CameraDialog camera={stored} onClose={onClose} />)
  await page.user.type(await screen.findByLabelText(/^Tên/, { selector: '[data-autofocus]' }), ' sau')
  stored = { ...stored, name: 'Cổng trước', version: 4 }
  await page.user.click(screen.getByRole('button', { name: 'Lưu' }))
  const row = within(await screen.findByRole('row', { name: /Cổng trước/ }))
  expect(row.getByText('Cổng sau')).toBeVisible()
  expect(await screen.findByText('Bình đã lưu thay đổi trong lúc bạn sửa.')).toBeVisible()
  expect(onClose).not.toHaveBeenCalled()
  return { onClose, ...page }
}

it(
  'tells who saved the camera meanwhile, and saves mine over it only when asked to',
  { timeout: 60_000 },
  async () => {
    const { user, onClose } = await renameWhileSomebodyElseDoes()
    await user.click(screen.getByRole('button', { name: 'Lưu bản của tôi' }))
    await waitFor(() => expect(onClose).toHaveBeenCalledWith('gate'))
    expect(edits).toEqual([
      { tag: '"3"', name: 'Cổng sau' },
      { tag: '"4"', name: 'Cổng sau' },
    ])
  },
)

it('takes what is on the server where that is wished', { timeout: 60_000 }, async () => {
  const { user } = await renameWhileSomebodyElseDoes()
  await user.click(screen.getByRole('button', { name: 'Lấy bản trên máy chủ' }))
  expect(screen.getByDisplayValue('Cổng trước')).toBeVisible()
  expect(screen.queryByText(/đã lưu thay đổi/)).toBeNull()
})

it('has a smaller picture made only where an owner says so, and where there is no sub stream', async () => {
  let sent: unknown
  server.use(
    http.patch('*/api/v1/cameras/gate', async ({ request }) => {
      sent = await request.json()
      return HttpResponse.json(stored)
    }),
  )
  const { user } = renderPage(<CameraDialog camera={stored} onClose={vi.fn()} />)
  const box = await screen.findByRole('checkbox', { name: /^Thu nhỏ hình tại máy chủ này/ })
  expect(box).not.toBeChecked()
  const address = screen.getByLabelText(/^Địa chỉ luồng phụ/)
  await user.type(address, 'rtsp://192.168.1.40/2')
  expect(screen.queryByRole('checkbox', { name: /^Thu nhỏ/ })).toBeNull()
  await user.clear(address)
  await user.click(screen.getByRole('checkbox', { name: /^Thu nhỏ/ }))
  await user.click(screen.getByRole('button', { name: 'Lưu' }))
  await waitFor(() => expect(sent).toMatchObject({ source: { sub_url: '', make_sub: true } }))
})
