import { act, screen } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { forgetServerTime } from '@/lib/live/clock'
import type { Connection } from '@/lib/live/connection'
import { LiveSite } from '@/lib/live/liveSite'
import { NOW_MS } from '@/testing/factories'
import { renderPage } from '@/testing/render'
import { stubIntersectionObserver } from '@/testing/screen'
import { AgeBadge } from './AgeBadge'

function aLiveSite(connection: Connection): LiveSite {
  const live = new LiveSite('tan-tao')
  vi.spyOn(live, 'getConnection').mockReturnValue(connection)
  return live
}

describe('the age badge', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: NOW_MS })
    forgetServerTime()
  })
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.useRealTimers()
  })

  it('counts by itself and turns from fresh to late to stale', () => {
    const live = aLiveSite({ kind: 'ok' })
    renderPage(<AgeBadge tsMs={NOW_MS - 3000} budgetMs={10_000} />, { live })
    expect(screen.getByLabelText('3 giây tuổi, mới')).toHaveTextContent('3 giây')
    act(() => void vi.advanceTimersByTime(11_000))
    expect(screen.getByLabelText('14 giây tuổi, trễ')).toHaveTextContent('14 giây, trễ')
    act(() => void vi.advanceTimersByTime(20_000))
    expect(screen.getByLabelText('34 giây tuổi, cũ')).toBeVisible()
  })

  it('never looks fresh while the line is lost, and goes on counting', () => {
    const live = aLiveSite({ kind: 'offline', sinceMs: NOW_MS, retryAtMs: null })
    renderPage(<AgeBadge tsMs={NOW_MS - 3000} budgetMs={10_000} />, { live })
    expect(screen.getByText('3 giây, cũ')).toBeVisible()
    act(() => void vi.advanceTimersByTime(34_000))
    expect(screen.getByText('37 giây, cũ')).toBeVisible()
  })

  it('is stale when the session has ended', () => {
    const live = aLiveSite({ kind: 'denied', reason: 'session' })
    renderPage(<AgeBadge tsMs={NOW_MS} budgetMs={10_000} />, { live })
    expect(screen.getByText(/cũ/)).toBeVisible()
  })

  it('is not drawn while it is off the screen, and tells the present age when it comes there', () => {
    const screens = stubIntersectionObserver()
    renderPage(<AgeBadge tsMs={NOW_MS - 3000} budgetMs={10_000} />, { live: aLiveSite({ kind: 'ok' }) })
    act(() => screens.show(false))
    act(() => void vi.advanceTimersByTime(4000))
    expect(screen.getByText('3 giây')).toBeVisible()
    act(() => screens.show(true))
    expect(screen.getByText('7 giây')).toBeVisible()
    act(() => void vi.advanceTimersByTime(1000))
    expect(screen.getByText('8 giây')).toBeVisible()
    act(() => screens.show(false))
    act(() => void vi.advanceTimersByTime(60_000))
    expect(screen.getByText('8 giây')).toBeVisible()
  })

  it('names a device clock that runs ahead', () => {
    const live = aLiveSite({ kind: 'ok' })
    renderPage(<AgeBadge tsMs={NOW_MS + 12_000} budgetMs={10_000} />, { live })
    expect(screen.getByText('giờ thiết bị nhanh 12 giây')).toBeVisible()
  })
})
