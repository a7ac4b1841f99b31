import { screen, waitFor, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { beforeEach, expect, it } from 'vitest'

import type { Camera } from '@/lib/api/types'
import { aCamera, aSite } from '@/testing/factories'
import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'

import CamerasPage from './CamerasPage'

let cameras: Camera[]

const named = (name: string) => aCamera({ id: name.toLowerCase(), name, state: 'offline', streams: [] })

beforeEach(() => {
  cameras = []
  server.use(
    http.get('*/api/v1/sites/:slug', () => HttpResponse.json(aSite())),
    http.get('*/api/v1/server', () => HttpResponse.json({ media_server: 'gateway', rtsp: null })),
    http.get('*/api/v1/cameras', () => HttpResponse.json(cameras)),
    http.get('*/api/v1/cameras/:id/rtsp-tokens', () => HttpResponse.json([])),
    http.post('*/api/v1/cameras', async ({ request }) => {
      const { id, name } = (await request.json()) as Camera
      const added = aCamera({ id, name, state: 'offline', streams: [] })
      cameras = [...cameras, added]
      return HttpResponse.json(added, { status: 201 })
    }),
  )
})

async function add(name: string, route = '/s/tan-tao/cameras') {
  const page = renderPage(<CamerasPage />, { route, path: '/s/:slug/cameras/:id?', site: { role: 'owner' } })
  await page.user.click(await screen.findByRole('button', { name: 'Thêm camera' }))
  const dialog = within(await screen.findByRole('dialog'))
  await page.user.type(await dialog.findByLabelText(/^Tên/, { selector: '[data-autofocus]' }), name)
  await page.user.type(dialog.getByLabelText(/RTSP/, { selector: 'input' }), 'rtsp://192.168.1.41/stream')
  await page.user.click(dialog.getByRole('button', { name: 'Thêm camera' }))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
}

it.each([0, 1, 2, 4])(
  'selects the camera that was just added beside %i others',
  { timeout: 60_000 },
  async (count) => {
    cameras = ['Cong', 'San', 'Kho', 'Ao'].slice(0, count).map(named)
    await add('Vuon')
    expect(await screen.findByRole('button', { name: /^Vuon,/, pressed: true })).toBeVisible()
    expect(screen.getAllByRole('button', { pressed: true, name: /,/ })).toHaveLength(1)
  },
)

it('shows the page of the wall that the new camera is on', { timeout: 60_000 }, async () => {
  cameras = ['Cong', 'San', 'Kho', 'Ao'].map(named)
  await add('Vuon', '/s/tan-tao/cameras?grid=4&page=1')
  expect(await screen.findByRole('button', { name: /^Vuon,/, pressed: true })).toBeVisible()
  expect(screen.queryByRole('button', { name: /^Cong,/ })).toBeNull()
})
