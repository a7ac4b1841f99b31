import { screen, waitFor } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { beforeEach, expect, it, vi } from 'vitest'

import { aCamera, aSite } from '@/testing/factories'
import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'

import { CameraDialog } from './CameraDialog'
import { PublisherPanel } from './PublisherPanel'

const yard = aCamera({
  id: 'camera_yard',
  source: { way: 'push', url: '', sub_url: '', make_sub: false, username: '', has_password: false },
})

function servedBy(media_server: string) {
  server.use(
    http.get('*/api/v1/server', () =>
      HttpResponse.json({ media_server, rtsp: { port: 8554, hosts: ['192.168.1.5'] } }),
    ),
  )
}

beforeEach(() => {
  server.use(http.get('*/api/v1/sites/:slug', () => HttpResponse.json(aSite())))
})

it('says where a camera publishes, and shows its password once', async () => {
  servedBy('mediamtx')
  server.use(
    http.post('*/api/v1/cameras/camera_yard/publisher', () =>
      HttpResponse.json({ secret: 'bvp_secret' }, { status: 201 }),
    ),
  )
  const { user } = renderPage(<PublisherPanel camera={yard} />)
  expect(await screen.findByText(/^rtsp:\/\/.*:8554\/camera_yard$/)).toBeVisible()
  expect(screen.getByText(/\/media\/camera_yard\/whip$/)).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Tạo mật khẩu' }))
  expect(await screen.findByText('bvp_secret')).toBeVisible()
})

it('adds a camera that publishes without asking for an address', async () => {
  servedBy('mediamtx')
  let sent: unknown
  server.use(
    http.post('*/api/v1/cameras', async ({ request }) => {
      sent = await request.json()
      return HttpResponse.json(yard, { status: 201 })
    }),
  )
  const onClose = vi.fn()
  const { user } = renderPage(<CameraDialog onClose={onClose} />)
  await user.click(await screen.findByRole('radio', { name: /^Camera tự gửi hình/ }))
  expect(screen.queryByLabelText(/^Địa chỉ RTSP/)).toBeNull()
  await user.type(screen.getByLabelText(/^Tên/, { selector: '[data-autofocus]' }), 'Sân')
  await user.click(screen.getByRole('button', { name: 'Thêm camera' }))
  await waitFor(() => expect(onClose).toHaveBeenCalledWith('camera_san'))
  expect(sent).toMatchObject({ id: 'camera_san', source: { way: 'push' } })
})

it('says what is given up where a foreign MediaMTX connects to the camera itself', async () => {
  servedBy('foreign')
  renderPage(<CameraDialog onClose={() => undefined} />)
  expect(await screen.findByRole('checkbox', { name: 'MediaMTX tự kết nối tới camera' })).not.toBeChecked()
  expect(screen.getByText(/đều biết mật khẩu camera/)).toBeVisible()
})

it('offers no choice where the gateway serves alone', async () => {
  servedBy('gateway')
  renderPage(<CameraDialog onClose={() => undefined} />)
  expect(await screen.findByLabelText(/^Địa chỉ RTSP/)).toBeVisible()
  expect(screen.queryByRole('radio')).toBeNull()
  expect(screen.queryByRole('checkbox', { name: /^MediaMTX/ })).toBeNull()
})
