import { screen } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { describe, expect, it } from 'vitest'

import type { DeviceDetail } from '@/lib/api/types'
import { aDevice } from '@/testing/factories'
import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'

import { TroublesPanel } from './TroublesPanel'

function serve(troubles: DeviceDetail['troubles']) {
  server.use(http.get('*/api/v1/devices/:id', () => HttpResponse.json({ ...aDevice(), troubles })))
}

describe('troubles of a device', () => {
  it('are told in the order of the server, with what happened and what to do', async () => {
    serve([
      {
        at_ms: 1_763_883_128_000,
        code: 'foreign_topic',
        detail: '"nhà/bếp"',
        said: [{ code: 'quoted', params: { text: 'nhà/bếp' } }],
      },
      {
        at_ms: 1_763_883_000_000,
        code: 'bad_credentials',
        detail: 'From 10.0.0.7.',
        said: [{ code: 'from_host', params: { host: '10.0.0.7' } }],
      },
    ])
    renderPage(<TroublesPanel device={aDevice()} />)
    const items = await screen.findAllByRole('listitem')
    expect(items.map((item) => item.textContent)).toEqual([
      expect.stringMatching(/Gửi vào chủ đề không phải của thiết bị.*“nhà\/bếp”.*\/readings/),
      expect.stringMatching(/Đăng nhập bị từ chối.*Từ 10\.0\.0\.7.*cấp mật khẩu mới/),
    ])
  })

  it('take no place where there are none', async () => {
    let asked = 0
    server.use(
      http.get('*/api/v1/devices/:id', () => {
        asked += 1
        return HttpResponse.json({ ...aDevice(), troubles: [] })
      }),
    )
    renderPage(<TroublesPanel device={aDevice()} />)
    await expect.poll(() => asked).toBeGreaterThan(0)
    expect(screen.queryByRole('heading')).not.toBeInTheDocument()
  })
})
