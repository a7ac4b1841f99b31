import { act, screen, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Device } from '@/lib/api/types'
import { forgetServerTime, serverNow } from '@/lib/live/clock'
import { LiveSite } from '@/lib/live/liveSite'
import { reportVideo } from '@/lib/video'
import { aCamera, aDevice, anAlert, aRule, aSeries } from '@/testing/factories'
import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'
import OverviewPage from './OverviewPage'

const COLD = { id: 1, name: 'Kho lạnh 1' }
const FROZEN = { id: 2, name: 'Kho đông' }
const TEMPERATURE = aSeries({ id: 11, zone: COLD })
const DOOR = aSeries({ id: 12, zone: COLD, metric: 'door', name: 'Cửa kho', unit: '', kind: 'binary' })
const FREEZER = aSeries({ id: 21, zone: FROZEN, device: 'tt-dong', name: 'Nhiệt độ đông' })

function serve({ devices = [aDevice()] }: { devices?: Device[] } = {}): void {
  const zones = [COLD, FROZEN].map((zone, position) => ({ ...zone, note: 'rau quả', position }))
  const sparkline = { avg: [3.1, null, 8.7], min: 3.1, max: 8.7 }
  server.use(
    http.get('*/api/v1/sites/tan-tao', () => HttpResponse.json({ slug: 'tan-tao', zones })),
    http.get('*/api/v1/sites/tan-tao/series', () => HttpResponse.json([FREEZER, TEMPERATURE, DOOR])),
    http.get('*/api/v1/sites/tan-tao/sparklines', () => HttpResponse.json({ series: { '11': sparkline } })),
    http.get('*/api/v1/devices', () => HttpResponse.json(devices)),
    http.get('*/api/v1/rules', () => HttpResponse.json([aRule({ series: TEMPERATURE.id })])),
    http.get('*/api/v1/cameras', () =>
      HttpResponse.json([aCamera(), aCamera({ id: 'san', state: 'offline' })]),
    ),
  )
}

function show(live = new LiveSite('tan-tao')) {
  renderPage(<OverviewPage cameras={<p>hình</p>} alerts={<p>bảng cảnh báo</p>} strip={null} />, { live })
  return live
}

function snapshotOf(live: LiveSite, series: [number, number, number][]): void {
  act(() =>
    live.latest.apply({
      cursor: 'e.1',
      next_poll_ms: 5000,
      full: true,
      alerts_seq: 0,
      registry_seq: 1,
      presence_seq: 1,
      series,
    }),
  )
}

describe('the overview', () => {
  beforeEach(() => {
    forgetServerTime()
    serve()
  })

  it('names each card by series, place, value, age and trouble', async () => {
    const live = new LiveSite('tan-tao')
    live.alerts.load([anAlert({ series: TEMPERATURE.id })])
    snapshotOf(live, [
      [TEMPERATURE.id, serverNow() - 3000, 8.6],
      [DOOR.id, serverNow(), 1],
    ])
    show(live)
    const card = await screen.findByRole('link', {
      name: /^Nhiệt độ, Kho lạnh 1: 8,6\u00a0°C, đo lúc \d\d:\d\d:\d\d, mới, nghiêm trọng$/,
    })
    expect(card).toHaveAttribute('href', '/s/tan-tao/series/11')
    expect(card).toHaveTextContent('vượt 0,6 °C')
    expect(await within(card).findByText('thấp 3,1 · cao 8,7')).toBeVisible()
    expect(await within(card).findByText('ngưỡng 8')).toBeVisible()
    expect(await screen.findByRole('link', { name: /^Cửa kho, Kho lạnh 1: Mở/ })).toBeVisible()
  })

  it('counts the present value among the lows and highs of the day', async () => {
    const live = show()
    snapshotOf(live, [[TEMPERATURE.id, serverNow(), 9.2]])
    const card = await screen.findByRole('link', { name: /^Nhiệt độ, Kho lạnh 1: 9,2\u00a0°C/ })
    expect(await within(card).findByText('thấp 3,1 · cao 9,2')).toBeVisible()
  })

  it('puts the zone in trouble before the cameras and the quiet zone after them', async () => {
    const live = new LiveSite('tan-tao')
    live.alerts.load([anAlert({ series: FREEZER.id })])
    show(live)
    await screen.findByText('1 trực tiếp · 1 mất kết nối')
    const headings = screen.getAllByRole('heading', { level: 2 }).map(({ textContent }) => textContent)
    expect(headings).toEqual(['Kho đông', 'Camera', 'Kho lạnh 1'])
  })

  it('shows the new value when the poll brings it, without asking for anything else', async () => {
    const live = show()
    await screen.findByRole('link', { name: 'Nhiệt độ, Kho lạnh 1: chưa có số' })
    const asked = vi.spyOn(globalThis, 'fetch')
    snapshotOf(live, [[TEMPERATURE.id, serverNow(), 21.5]])
    expect(screen.getByText('21,5')).toBeVisible()
    expect(asked).not.toHaveBeenCalled()
  })

  it('goes by the age of a value, not by the connection of its device', async () => {
    serve({ devices: [aDevice({ online: false })] })
    const live = show()
    snapshotOf(live, [[TEMPERATURE.id, serverNow(), 21.5]])
    expect(
      await screen.findByRole('link', { name: /^Nhiệt độ, Kho lạnh 1: 21,5\u00a0°C, .*, mới$/ }),
    ).toBeVisible()
  })

  it('tells sensors of one place apart by their devices', async () => {
    const [door, back] = ['Cửa', 'Cuối kho'].map((device_name, at) =>
      aSeries({ id: 31 + at, zone: COLD, device: `d${at}`, device_name, name_repeats: true }),
    )
    server.use(http.get('*/api/v1/sites/tan-tao/series', () => HttpResponse.json([door, back, FREEZER])))
    show()
    expect(await screen.findByText('Cửa · Nhiệt độ')).toBeVisible()
    expect(screen.getByText('Cuối kho · Nhiệt độ')).toBeVisible()
    expect(screen.getByText('Nhiệt độ đông'), 'alone with its name').toBeVisible()
  })

  it('says that everything is old while the line is lost', async () => {
    const live = new LiveSite('tan-tao')
    vi.spyOn(live, 'getConnection').mockReturnValue({
      kind: 'offline',
      sinceMs: serverNow(),
      retryAtMs: null,
    })
    snapshotOf(live, [[TEMPERATURE.id, serverNow(), 21.5]])
    show(live)
    expect(
      await screen.findByRole('link', { name: /^Nhiệt độ, Kho lạnh 1: 21,5\u00a0°C, .*, cũ$/ }),
    ).toBeVisible()
    const lanes = within(screen.getByRole('region', { name: 'Ba luồng dữ liệu, 60\u00a0giây qua' }))
    expect(lanes.getAllByText('tất cả là số cũ')).toHaveLength(2)
    expect(lanes.getAllByText('mất từ')).toHaveLength(3)
    expect(lanes.queryByText(/mới$/)).toBeNull()
    expect(await screen.findByText('hình đã dừng, không phải hiện tại')).toBeVisible()
    act(() => reportVideo('cua', { transport: 'webrtc', latencyMs: null, state: 'live' }))
    expect(screen.getAllByText('mất máy chủ'), 'in the lane and over the tiles').toHaveLength(2)
    expect(lanes.getAllByText('tất cả là số cũ')).toHaveLength(1)
    act(() => reportVideo('cua', null))
    expect(screen.getByText('hình đã dừng, không phải hiện tại')).toBeVisible()
  })

  it('offers to add a device where there is nothing yet', async () => {
    server.use(
      http.get('*/api/v1/sites/tan-tao/series', () => HttpResponse.json([])),
      http.get('*/api/v1/cameras', () => HttpResponse.json([])),
    )
    show()
    expect(await screen.findByRole('link', { name: 'Thêm thiết bị' })).toBeVisible()
  })
})
