import { screen, waitFor } from '@testing-library/react'
import { delay, http, HttpResponse } from 'msw'
import { useLocation, useNavigate } from 'react-router'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import type { DeviceDetail, Series } from '@/lib/api/types'
import { UnsavedGuard } from '@/lib/UnsavedGuard'
import { aDevice, aMe, aSeries, NOW_MS } from '@/testing/factories'
import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'

import { AddDeviceDialog } from './AddDeviceDialog'

const SECRET = 'k7Qm-2xVd-9RtH-pW4c'

/** What the server of this test has seen of the device so far. */
let seen: {
  series: Series[]
  rejected: { reason: string; body: string }[]
  online: boolean
  troubles: DeviceDetail['troubles']
  strangers: { id: string; host: string; at_ms: number }[]
}
let asked: Record<string, unknown>

beforeEach(() => {
  seen = { series: [], rejected: [], online: false, troubles: [], strangers: [] }
  asked = {}
  server.use(
    http.get('*/api/v1/sites/:slug', () =>
      HttpResponse.json({ slug: 'tan-tao', zones: [{ id: 1, name: 'Kho lạnh 1' }] }),
    ),
    http.get('*/api/v1/server', () => HttpResponse.json({ mqtt: { port: 2883, tls: false } })),
    http.post('*/api/v1/devices', async ({ request }) => {
      asked = (await request.json()) as Record<string, unknown>
      await delay(1)
      return HttpResponse.json({ ...aDevice({ id: String(asked.id) }), secret: SECRET }, { status: 201 })
    }),
    http.get('*/api/v1/devices/:id', ({ params }) =>
      HttpResponse.json({
        ...aDevice({ id: String(params.id), online: seen.online, protocol: 'mqtt 5' }),
        troubles: seen.troubles,
      }),
    ),
    http.get('*/api/v1/me', () => HttpResponse.json(aMe())),
    http.get('*/api/v1/strangers', () => HttpResponse.json(seen.strangers)),
    http.get('*/api/v1/sites/:slug/series', () => HttpResponse.json(seen.series)),
    http.get('*/api/v1/sites/:slug/snapshot', () => new HttpResponse(null, { status: 503 })),
    http.get('*/api/v1/devices/:id/quarantine', () =>
      HttpResponse.json({
        counts: {},
        results: seen.rejected.map((entry, id) => ({
          id,
          at_ms: 1,
          index: 0,
          detail: '',
          said: [],
          encoding: 'utf-8',
          size: entry.body.length,
          ...entry,
        })),
      }),
    ),
  )
})

/** As on its page. */
function Dialog() {
  const navigate = useNavigate()
  const open = useLocation().pathname === '/devices/new'
  return (
    <>
      <UnsavedGuard />
      {open && <AddDeviceDialog onClose={() => void navigate('/devices')} />}
    </>
  )
}

async function named() {
  const onClose = vi.fn()
  const page = renderPage(<AddDeviceDialog onClose={onClose} />)
  await page.user.type(await screen.findByLabelText(/^Tên/), 'Đất luống 3')
  await page.user.click(screen.getByRole('button', { name: 'Tiếp tục' }))
  await screen.findByText(SECRET)
  return { onClose, ...page }
}

// Typing by user-event on a busy machine takes seconds.
describe('adding a device', () => {
  it('makes an id of the name and shows the credential with lines to try it', async () => {
    const { user } = await named()
    expect(asked).toMatchObject({ site: 'tan-tao', id: 'dat-luong-3', name: 'Đất luống 3' })
    expect(await screen.findByText(/mosquitto_pub -h localhost -p 2883/)).toHaveTextContent(`-P '${SECRET}'`)
    await user.click(screen.getByRole('button', { name: 'HTTP' }))
    expect(screen.getByText(/curl -u/)).toHaveTextContent(`'dat-luong-3:${SECRET}'`)
  })

  it('shows no line to copy before the server has said on which port it listens', async () => {
    let answer = () => {}
    const answered = new Promise<void>((resolve) => (answer = resolve))
    server.use(
      http.get('*/api/v1/server', async () => {
        await answered
        return HttpResponse.json({ mqtt: { port: 2883, tls: false } })
      }),
    )
    await named()
    expect(await screen.findByText('…')).toBeInTheDocument()
    expect(screen.queryByText(/mosquitto_pub/)).toBeNull()
    answer()
    expect(await screen.findByText(/mosquitto_pub -h localhost -p 2883/)).toBeInTheDocument()
    expect(screen.getByText('localhost:2883')).toBeInTheDocument()
  })

  it('waits, tells of a connection, of a refusal, and turns fresh on the first reading', async () => {
    const { user, onClose } = await named()
    expect(screen.getByText('Đang chờ số đo đầu tiên')).toBeVisible()
    expect(screen.getByRole('button', { name: 'Xong' })).toBeDisabled()

    seen.online = true
    await screen.findByText(/đã nối bằng MQTT 5.0/)
    seen.rejected = [{ reason: 'bad_value', body: '{"temperature":"hot"}' }]
    await screen.findByText('Đã nhận nhưng từ chối: giá trị không dùng được')
    expect(screen.getByText('{"temperature":"hot"}')).toBeVisible()

    seen.series = [aSeries({ device: 'dat-luong-3', metric: 'soil_moisture', name: 'Độ ẩm đất' })]
    await screen.findByText(/Đã nhận: độ ẩm đất/)
    await user.click(screen.getByRole('button', { name: 'Xong' }))
    expect(onClose).toHaveBeenCalledTimes(1)
  })

  it.each([
    ['of other sites that the person does not own', 'viewer' as const, 0],
    ['of the server, once it has refused', 'owner' as const, 1],
  ])('asks for nobody unknown %s', async (_who, role, times) => {
    let refused = 0
    const me = aMe()
    const sites = me.sites.flatMap((each) => [each, { ...each, slug: 'long-an', role }])
    server.use(
      http.get('*/api/v1/me', () => HttpResponse.json({ ...me, sites })),
      http.get('*/api/v1/strangers', () => {
        refused += 1
        return HttpResponse.json({ code: 'forbidden', detail: '' }, { status: 403 })
      }),
    )
    await named()
    seen.online = true
    await screen.findByText(/đã nối bằng MQTT 5.0/)
    // Two more rounds of questions have been answered.
    seen.rejected = [{ reason: 'bad_value', body: '1' }]
    await screen.findByText(/Đã nhận nhưng từ chối/)
    seen.series = [aSeries({ device: 'dat-luong-3' })]
    await screen.findByText(/Đã nhận: /)
    expect(refused).toBe(times)
  })

  it('says as it happens that an id, a password or a topic was wrong', async () => {
    await named()
    seen.strangers = [{ id: 'dat-luong-33', host: '192.168.1.33', at_ms: NOW_MS }]
    await screen.findByText('Có ai đó thử đăng nhập bằng mã “dat-luong-33”')
    seen.troubles = [
      {
        at_ms: NOW_MS,
        code: 'bad_credentials',
        detail: 'From 192.168.1.33.',
        said: [{ code: 'from_host', params: { host: '192.168.1.33' } }],
      },
    ]
    await screen.findByText('Đăng nhập bị từ chối')
    expect(screen.getByText(/Từ 192\.168\.1\.33/)).toBeVisible()
    seen.online = true
    await screen.findByText(/đã nối bằng MQTT 5.0/)
    seen.troubles = [
      {
        at_ms: NOW_MS,
        code: 'foreign_topic',
        detail: '"sensors/temp"',
        said: [{ code: 'quoted', params: { text: 'sensors/temp' } }],
      },
    ]
    await screen.findByText('Gửi vào chủ đề không phải của thiết bị')
    expect(screen.getByText(/“sensors\/temp”/)).toBeVisible()
  })

  it('offers the addresses that boards can reach, and says how to open the server where there is none', async () => {
    server.use(
      http.get('*/api/v1/server', () =>
        HttpResponse.json({ mqtt: { port: 2883, tls: false, hosts: ['192.168.1.20', '10.0.0.2'] } }),
      ),
    )
    const { user, unmount } = await named()
    expect(await screen.findByText(/mosquitto_pub -h 192.168.1.20 -p 2883/)).toBeInTheDocument()
    await user.click(screen.getByRole('combobox', { name: 'Địa chỉ của máy chủ' }))
    await user.click(await screen.findByRole('option', { name: '10.0.0.2' }))
    await user.click(screen.getByRole('button', { name: 'Arduino / ESP' }))
    expect(screen.getByText(/mqtt\.setServer\("10\.0\.0\.2", 2883\)/)).toBeInTheDocument()
    unmount()
    server.use(
      http.get('*/api/v1/server', () => HttpResponse.json({ mqtt: { port: 2883, tls: false, hosts: [] } })),
    )
    await named()
    expect(await screen.findByText(/--mqtt-host 0\.0\.0\.0/)).toBeVisible()
  })

  it('asks before it is left while the secret is on the screen', async () => {
    const { user, onClose } = await named()
    await user.keyboard('{Escape}')
    expect(onClose).not.toHaveBeenCalled()
    await user.click(screen.getByRole('button', { name: 'Đã chép, đóng' }))
    expect(onClose).toHaveBeenCalledTimes(1)
  })

  it('is left by the way of every form: Back asks once, and Escape answers that question alone', async () => {
    const { user, router } = renderPage(<Dialog />, { route: '/devices/new' })
    await user.type(await screen.findByLabelText(/^Tên/), 'Đất luống 3')
    await user.click(screen.getByRole('button', { name: 'Tiếp tục' }))
    await screen.findByText(SECRET)
    void router.navigate('/devices')
    expect(await screen.findByText('Bạn đã lưu lại chưa?')).toBeVisible()
    await user.keyboard('{Escape}')
    await waitFor(() => expect(screen.queryByText('Bạn đã lưu lại chưa?')).toBeNull())
    expect(screen.queryByRole('button', { name: 'Đã chép, đóng' })).toBeNull()
    expect(router.state.location.pathname).toBe('/devices/new')
    await user.click(screen.getByRole('button', { name: 'Đã chép, để sau' }))
    await waitFor(() => expect(router.state.location.pathname).toBe('/devices'))
    expect(screen.queryByText('Bạn đã lưu lại chưa?')).toBeNull()
  })

  it('says at the field that an id is taken', async () => {
    server.use(
      http.post('*/api/v1/devices', () =>
        HttpResponse.json({ code: 'device_id_taken', detail: 'Taken.' }, { status: 409 }),
      ),
    )
    const { user } = renderPage(<AddDeviceDialog onClose={() => undefined} />)
    await user.type(await screen.findByLabelText(/^Tên/), 'Kho 1')
    await user.click(screen.getByRole('button', { name: 'Tiếp tục' }))
    await waitFor(() => expect(screen.getByLabelText(/Mã thiết bị/)).toBeInvalid())
    expect(screen.getByText('Đã có thiết bị mang mã này.')).toBeVisible()
  })
})
