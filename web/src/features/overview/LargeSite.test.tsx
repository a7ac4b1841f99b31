import { act, screen, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ZoneOverview } from '@/lib/api/types'
import { forgetServerTime, serverNow } from '@/lib/live/clock'
import { LiveSite } from '@/lib/live/liveSite'
import { anAlert, aSeries } from '@/testing/factories'
import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'
import { waitFor } from '@/testing/waiting'
import OverviewPage from './OverviewPage'

const QUIET = { id: 1, name: 'Kho lạnh 1' }
const TROUBLED = { id: 2, name: 'Kho đông' }
/** One more than are loaded together. */
const SERIES = Array.from({ length: 501 }, (_, at) =>
  aSeries({
    id: at + 1,
    zone: at < 400 ? QUIET : TROUBLED,
    device: `d${at}`,
    device_name: `Tủ ${at}`,
    name_repeats: true,
  }),
)

function aZone(zone: { id: number; name: string }, change: Partial<ZoneOverview> = {}): ZoneOverview {
  return {
    ...zone,
    note: '',
    series: 250,
    fresh: 250,
    late: 0,
    stale: 0,
    silent: 0,
    devices: 250,
    offline: 0,
    critical: 0,
    warning: 0,
    info: 0,
    ...change,
  }
}

describe('the overview of a large site', () => {
  let polled: URL[]
  let live: LiveSite

  beforeEach(() => {
    forgetServerTime()
    polled = []
    const zones = [aZone(QUIET), aZone(TROUBLED, { critical: 1, fresh: 240, stale: 10 })]
    const totals = { ...aZone(QUIET), series: 501, fresh: 490, stale: 11, critical: 1 }
    server.use(
      http.get('*/api/v1/sites/tan-tao', () => HttpResponse.json({ slug: 'tan-tao', zones: [] })),
      http.get('*/api/v1/sites/tan-tao/overview', () => HttpResponse.json({ ...totals, zones })),
      http.get('*/api/v1/sites/tan-tao/series', ({ request }) => {
        const query = new URL(request.url).searchParams
        const after = Number(query.get('cursor') ?? 0)
        const limit = Number(query.get('limit'))
        const found = SERIES.filter(
          ({ id, zone, device_name }) =>
            id > after &&
            (query.get('zone') ?? String(zone?.id)) === String(zone?.id) &&
            (query.get('ids')?.split(',').includes(String(id)) ?? true) &&
            device_name.includes(query.get('q') ?? ''),
        )
        const next = new URL(request.url)
        next.searchParams.set('cursor', String(found[limit - 1]?.id))
        return HttpResponse.json(found.slice(0, limit), {
          headers: found.length > limit ? { Link: `<${next.href}>; rel="next"` } : {},
        })
      }),
      http.get('*/api/v1/sites/tan-tao/sparklines', () => HttpResponse.json({ series: {} })),
      http.get('*/api/v1/rules', () => HttpResponse.json([])),
      http.get('*/api/v1/cameras', () => HttpResponse.json([])),
      http.get('*/api/v1/sites/tan-tao/snapshot', ({ request }) => {
        const url = new URL(request.url)
        polled.push(url)
        const ids = url.searchParams.get('series')?.split(',').map(Number)
        return HttpResponse.json({
          cursor: `e.${polled.length}`,
          next_poll_ms: 60_000,
          full: ids !== undefined,
          ...(!ids && { partial: true }),
          alerts_seq: 0,
          registry_seq: 1,
          presence_seq: 1,
          series: (ids ?? []).filter((id) => id > 0).map((id) => [id, serverNow(), id]),
        })
      }),
    )
    live = new LiveSite('tan-tao')
    live.alerts.load([anAlert({ series: 450 })])
    live.latest.onWatch(live.poll.watchChanged)
    live.poll.start()
  })

  afterEach(() => live.poll.stop())

  function show(route = '/s/tan-tao') {
    return renderPage(<OverviewPage cameras={null} alerts={null} strip={null} />, { live, route })
  }

  const asked = () => polled.at(-1)?.searchParams.get('series')

  it('shows zones by trouble with their counts and the cards in alarm, and polls these alone', async () => {
    show()
    await screen.findByRole('link', { name: /^Tủ 449 · Nhiệt độ, Kho đông: 450[ ,]/ })
    expect(screen.getAllByRole('heading', { level: 2 }).map(({ textContent }) => textContent)).toEqual([
      'Kho đông',
      'Kho lạnh 1',
    ])
    expect(within(screen.getByRole('region', { name: 'Kho đông' })).getByText(/240/)).toBeVisible()
    expect(asked()).toBe('450')
    expect(polled[0]?.searchParams.get('most'), 'before it knew').toBe('500')
    expect(screen.getAllByRole('link').filter(({ textContent }) => textContent.includes('Tủ'))).toHaveLength(
      1,
    )
  })

  it('calls nothing fresh while the line is lost', async () => {
    vi.spyOn(live, 'getConnection').mockReturnValue({ kind: 'offline', sinceMs: 0, retryAtMs: null })
    show()
    expect(await screen.findByText('1 nghiêm trọng · tất cả là số cũ')).toBeInTheDocument()
    expect(screen.queryByText(/\d+ mới/)).toBeNull()
  })

  it('reads the other cards of a zone page by page when somebody asks, and polls them too', async () => {
    const { user } = show()
    const zone = within(await screen.findByRole('region', { name: 'Kho lạnh 1' }))
    await user.click(zone.getByRole('button', { name: /250/ }))
    await zone.findByRole('link', { name: /^Tủ 0 · Nhiệt độ, Kho lạnh 1: 1[ ,]/ })
    expect(zone.getAllByRole('link')).toHaveLength(60)
    await waitFor(() => expect(asked()?.split(',')).toHaveLength(61))
    await user.click(zone.getByRole('button', { name: 'Xem thêm' }))
    await waitFor(() => expect(zone.getAllByRole('link')).toHaveLength(120))
  })

  it('finds what is searched for by the server, and keeps the search in the address', async () => {
    const { user, router } = show()
    await user.type(await screen.findByRole('searchbox'), 'Tủ 33')
    await screen.findByRole('link', { name: /^Tủ 333 ·/ })
    expect(screen.queryByRole('region', { name: 'Kho đông' })).toBeNull()
    expect(new URLSearchParams(router.state.location.search).get('q')).toBe('Tủ 33')
    await user.click(screen.getByRole('button', { name: 'Xem tất cả' }))
    expect(await screen.findByRole('region', { name: 'Kho đông' })).toBeVisible()
    expect(screen.getByRole('searchbox')).toHaveFocus()
  })

  it('leaves the quiet zones out where only trouble is wanted', async () => {
    show('/s/tan-tao?trouble=1')
    await screen.findByRole('region', { name: 'Kho đông' })
    expect(screen.queryByRole('region', { name: 'Kho lạnh 1' })).toBeNull()
    act(() => live.poll.stop())
  })
})
