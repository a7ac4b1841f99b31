import { act, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Alert, AlertEvent } from '@/lib/api/types'
import { activateLanguage } from '@/lib/i18n'
import { serverNow } from '@/lib/live/clock'
import { LiveSite } from '@/lib/live/liveSite'
import { Listeners } from '@/lib/listeners'
import { anEvent } from '@/testing/alertsSocket'
import { anAlert } from '@/testing/factories'
import { renderPage } from '@/testing/render'
import { AlertAnnouncer } from './AlertAnnouncer'

describe('the announcer', () => {
  const events = new Listeners<[AlertEvent]>()
  let shown: string[]

  function opened(change: Partial<Alert>): AlertEvent {
    const alert = anAlert({ series: null, state: 'open', silenced_until_ms: null, ...change })
    return { ...anEvent(alert.id), kind: 'opened', alert, sent_ms: serverNow() }
  }

  beforeEach(() => {
    shown = []
    class Shown {
      static permission = 'granted'
      onclick = null
      constructor(title: string, { body }: NotificationOptions) {
        shown.push(`${title} / ${body}`)
      }
    }
    vi.stubGlobal('isSecureContext', true)
    vi.stubGlobal('Notification', Shown)
    const live = new LiveSite('tan-tao')
    vi.spyOn(live, 'onAlertEvent').mockImplementation(events.subscribe)
    renderPage(<AlertAnnouncer />, { live, route: '/s/tan-tao', path: '/s/:site', site: {} })
  })

  afterEach(() => vi.unstubAllGlobals())

  it('tells of a burst once, with its number and how many are critical', async () => {
    await waitFor(() => expect(events.size).toBe(1))
    for (let id = 1; id <= 12; id++)
      events.notify(opened({ id, title: `Kho ${id}`, severity: id > 9 ? 'critical' : 'warning' }))
    expect(await screen.findByText('12 cảnh báo mới, 3 nghiêm trọng')).toBeInTheDocument()
    expect(shown).toEqual(['12 cảnh báo mới, 3 nghiêm trọng / Kho 10'])
  })

  it('tells of one alert by its title, and of none that was over before', async () => {
    await waitFor(() => expect(events.size).toBe(1))
    events.notify(opened({ id: 1, title: 'Kho 1' }))
    const over = opened({ id: 1, state: 'resolved' })
    events.notify({ ...over, kind: 'resolved' })
    events.notify(opened({ id: 2, title: 'Kho 2', severity: 'critical' }))
    expect(await screen.findByText(/Kho 2$/)).toBeInTheDocument()
    expect(shown).toHaveLength(1)
    expect(shown[0]).toContain('Kho 2 / ')
  })

  it('leaves no sentence in the old language, and says none again in the new one', async () => {
    await waitFor(() => expect(events.size).toBe(1))
    events.notify(opened({ id: 1, title: 'Kho 1', severity: 'critical' }))
    expect(await screen.findByText('Nghiêm trọng: Kho 1')).toBeInTheDocument()
    await act(() => activateLanguage('en'))
    expect(screen.queryByText(/Kho 1/)).toBeNull()
    events.notify(opened({ id: 2, title: 'Kho 2', severity: 'critical' }))
    expect(await screen.findByText('Critical: Kho 2')).toBeInTheDocument()
  })
})
