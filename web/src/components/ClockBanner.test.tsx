import { screen, waitFor } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ClockDoubt, Role, Snapshot } from '@/lib/api/types'
import { LiveSite } from '@/lib/live/liveSite'
import { aMe, NOW_MS } from '@/testing/factories'
import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'
import { ClockBanner } from './ClockBanner'

const STEPPED: ClockDoubt = { doubt: 'stepped', expected_ms: NOW_MS, shown_ms: NOW_MS + 3_600_000 }

let doubt: ClockDoubt | null
let confirmed: number
let live: LiveSite

function show(role: Role = 'operator') {
  const sites = aMe().sites.map((site) => ({ ...site, role }))
  server.use(http.get('*/api/v1/me', () => HttpResponse.json(aMe({ sites }))))
  live.poll.start()
  return renderPage(<ClockBanner />, { live })
}

beforeEach(() => {
  doubt = STEPPED
  confirmed = 0
  live = new LiveSite('tan-tao')
  server.use(
    http.get('*/api/v1/sites/tan-tao/snapshot', () => {
      const snapshot: Snapshot = {
        cursor: 'e.1',
        next_poll_ms: 5000,
        full: true,
        alerts_seq: 0,
        registry_seq: 1,
        presence_seq: 1,
        series: [],
      }
      return HttpResponse.json(doubt ? { ...snapshot, clock: doubt } : snapshot)
    }),
    http.post('*/api/v1/clock/confirm', () => {
      confirmed += 1
      doubt = null
      return new HttpResponse(null, { status: 204 })
    }),
  )
})

afterEach(() => live.poll.stop())

describe('the banner about the server’s clock', () => {
  it('is absent while the server trusts its clock', async () => {
    doubt = null
    show()
    await waitFor(() => expect(live.poll.getState().status).toBe('ok'))
    expect(screen.queryByRole('alert')).toBeNull()
  })

  it.each<[ClockDoubt['doubt'], string]>([
    ['stepped', 'từ 23/11/2025 14:32 sang 23/11/2025 15:32'],
    ['behind', 'khởi động với giờ 23/11/2025 15:32, mà trước đó đã đến 23/11/2025 14:32'],
    ['ahead', 'khởi động với giờ 23/11/2025 15:32, hơn một ngày sau lần cuối nó chạy (23/11/2025 14:32)'],
  ])('tells both times in the site’s zone (%s)', async (why, text) => {
    doubt = { ...STEPPED, doubt: why }
    show()
    expect(await screen.findByRole('alert')).toHaveTextContent(text)
  })

  it('goes when an operator says that the time is right', async () => {
    const { user } = show('operator')
    await user.click(await screen.findByRole('button', { name: 'Giờ máy chủ đúng' }))
    await waitFor(() => expect(screen.queryByRole('alert')).toBeNull())
    expect(confirmed).toBe(1)
  })

  it('goes by itself when the server trusts its clock again', async () => {
    show()
    await screen.findByRole('alert')
    doubt = null
    live.poll.pollNow()
    await waitFor(() => expect(screen.queryByRole('alert')).toBeNull())
  })

  it('sends a viewer to the operator', async () => {
    show('viewer')
    expect(await screen.findByRole('alert')).toHaveTextContent('báo cho người trực')
    expect(screen.queryByRole('button')).toBeNull()
  })

  it('says why a confirmation did not work', async () => {
    server.use(
      http.post('*/api/v1/clock/confirm', () =>
        HttpResponse.json({ status: 403, code: 'forbidden', detail: 'No.' }, { status: 403 }),
      ),
    )
    const { user } = show()
    await user.click(await screen.findByRole('button', { name: 'Giờ máy chủ đúng' }))
    await waitFor(() => expect(screen.getByRole('alert')).toHaveTextContent(/từ chối vì giờ.*\S+\.$/))
    expect(screen.getByRole('button')).toBeEnabled()
  })
})
