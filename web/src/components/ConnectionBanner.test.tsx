import { screen } from '@testing-library/react'
import { describe, expect, it, vi } from 'vitest'
import type { Connection } from '@/lib/live/connection'
import { LiveSite } from '@/lib/live/liveSite'
import { NOW_MS } from '@/testing/factories'
import { renderPage } from '@/testing/render'
import { ConnectionBanner } from './ConnectionBanner'

function show(connection: Connection) {
  const live = new LiveSite('tan-tao')
  vi.spyOn(live, 'getConnection').mockReturnValue(connection)
  return renderPage(<ConnectionBanner />, { live, route: '/s/tan-tao/alerts?state=open' })
}

describe('the connection banner', () => {
  it('is absent while all is well and during a hiccup', () => {
    show({ kind: 'ok' })
    show({ kind: 'reconnecting', sinceMs: NOW_MS })
    expect(screen.queryByRole('alert')).toBeNull()
    expect(screen.queryByRole('status')).toBeNull()
  })

  it('says since when the values are old, with the day where it was another one', () => {
    vi.spyOn(Date, 'now').mockReturnValue(NOW_MS + 60_000)
    const { unmount } = show({ kind: 'offline', sinceMs: NOW_MS - 86_400_000, retryAtMs: null })
    expect(screen.getByRole('alert')).toHaveTextContent('Mất kết nối từ 22/11/2025 14:32:08.')
    unmount()
    show({ kind: 'offline', sinceMs: NOW_MS, retryAtMs: null })
    expect(screen.getByRole('alert')).toHaveTextContent('Mất kết nối từ 14:32:08.')
    expect(screen.getByRole('alert')).toHaveTextContent('không phải hiện tại')
  })

  it('counts the missed events, and says when none is missing any more', () => {
    const { unmount } = show({
      kind: 'catchup',
      backAtMs: NOW_MS,
      awayMs: 130_000,
      got: 9,
      missed: 14,
      completeTo: 1485,
    })
    expect(screen.getByRole('status')).toHaveTextContent('sau 2 phút 10 giây mất kết nối')
    expect(screen.getByRole('progressbar')).toHaveValue(9)
    unmount()
    show({ kind: 'catchup', backAtMs: NOW_MS, awayMs: 130_000, got: 14, missed: 14, completeTo: 1490 })
    expect(screen.getByRole('status')).toHaveTextContent('Đủ đến sự kiện #1490, không sót.')
  })

  it('keeps the page for after the next sign-in', () => {
    show({ kind: 'denied', reason: 'session' })
    expect(screen.getByRole('link', { name: 'Đăng nhập' })).toHaveAttribute(
      'href',
      '/sign-in?ended&next=%2Fs%2Ftan-tao%2Falerts%3Fstate%3Dopen',
    )
  })
})
