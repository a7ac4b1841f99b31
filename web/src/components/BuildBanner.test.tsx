import { act, screen } from '@testing-library/react'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import * as build from '@/lib/build'
import type { Connection } from '@/lib/live/connection'
import { LiveSite } from '@/lib/live/liveSite'
import { Listeners } from '@/lib/listeners'
import { NOW_MS } from '@/testing/factories'
import { renderPage } from '@/testing/render'
import { BuildBanner } from './BuildBanner'

describe('the banner of a newer build', () => {
  const changes = new Listeners()
  let connection: Connection
  let status: 'live' | 'down'
  const look = vi.fn(() => Promise.resolve())

  beforeEach(() => {
    connection = { kind: 'ok' }
    status = 'live'
    look.mockClear()
    vi.spyOn(build, 'lookForBuild').mockImplementation(look)
  })

  function show(unattended = false) {
    const live = new LiveSite('tan-tao')
    const state = { ...live.socket.getState() }
    let shown = { ...state, status }
    vi.spyOn(live, 'subscribe').mockImplementation(changes.subscribe)
    vi.spyOn(live, 'getConnection').mockImplementation(() => connection)
    vi.spyOn(live.socket, 'subscribe').mockImplementation(changes.subscribe)
    vi.spyOn(live.socket, 'getState').mockImplementation(() => {
      if (shown.status !== status) shown = { ...state, status }
      return shown
    })
    return renderPage(<BuildBanner unattended={unattended} />, { live })
  }
  const becomes = (next: Connection, socket: 'live' | 'down') => {
    connection = next
    status = socket
    act(() => changes.notify())
  }

  it('looks for one when the line is back after a cut, since an upgrade cuts it', async () => {
    show(true)
    expect(look).not.toHaveBeenCalled()
    becomes({ kind: 'offline', sinceMs: NOW_MS, retryAtMs: null }, 'down')
    expect(look).not.toHaveBeenCalled()
    becomes({ kind: 'ok' }, 'live')
    await expect.poll(() => look.mock.calls).toEqual([[true]])
  })

  it('asks for nothing where the person may not be here any more', async () => {
    show()
    becomes({ kind: 'offline', sinceMs: NOW_MS, retryAtMs: null }, 'down')
    becomes({ kind: 'denied', reason: 'session' }, 'live')
    await act(() => Promise.resolve())
    expect(look).not.toHaveBeenCalled()
  })

  it('offers to load it', async () => {
    vi.spyOn(build, 'isNewerBuild').mockReturnValue(true)
    const reload = vi.spyOn(build, 'reload').mockReturnValue(undefined)
    const { user } = show()
    expect(screen.getByRole('status')).toHaveTextContent('Có bản mới.')
    await user.click(screen.getByRole('button', { name: 'Tải lại' }))
    expect(reload).toHaveBeenCalledTimes(1)
  })
})
