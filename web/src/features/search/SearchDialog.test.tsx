import { screen, waitFor } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Hit } from '@/lib/api/types'
import { activateLanguage } from '@/lib/i18n'
import { forgetHits, recentHits } from '@/lib/recent'
import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'
import { SearchDialog } from './SearchDialog'

const COLD: Hit = {
  kind: 'device',
  id: 'kho-1',
  name: 'Kho lạnh',
  device_name: '',
  zone: 'Kho 1',
  state: null,
  severity: null,
  opened_ms: null,
}

/** The server finds the cold store by `kho lanh` alone; tells what it was asked. */
function serve(hits: Hit[] = [COLD]) {
  const asked: string[] = []
  server.use(
    http.get('*/api/v1/sites/tan-tao/search', ({ request }) => {
      const words = new URL(request.url).searchParams.get('q') ?? ''
      asked.push(words)
      return HttpResponse.json(words === 'kho lanh' ? hits : [])
    }),
  )
  return asked
}

function renderSearch(site = {}) {
  const onClose = vi.fn()
  const { user, router } = renderPage(<SearchDialog onClose={onClose} />, { site })
  return { user, router, onClose, field: () => screen.findByRole('combobox', { name: 'Search this site' }) }
}

beforeEach(() => activateLanguage('en'))

describe('the search', () => {
  it('asks the server for what was typed, and opens the chosen one with Enter', async () => {
    const asked = serve()
    const { user, router, onClose, field } = renderSearch()
    await user.type(await field(), 'kho lanh')
    const option = await screen.findByRole('option', { name: /Kho lạnh/ })
    expect(await field()).toHaveAttribute('aria-activedescendant', option.id)
    expect(option).toHaveAttribute('aria-selected', 'true')
    await user.keyboard('{Enter}')
    expect(router.state.location.pathname).toBe('/s/tan-tao/devices/kho-1')
    expect(onClose).toHaveBeenCalledOnce()
    expect(asked.at(-1)).toBe('kho lanh')
  })

  it('opens with Enter what was typed, not what the server had for half of it', async () => {
    let answer = () => {}
    const answered = new Promise<void>((resolve) => (answer = resolve))
    server.use(
      http.get('*/api/v1/sites/tan-tao/search', async ({ request }) => {
        const half = new URL(request.url).searchParams.get('q') === 'kho'
        if (!half) await answered
        return HttpResponse.json([half ? { ...COLD, id: 'kho-9' } : COLD])
      }),
    )
    const { user, router, onClose, field } = renderSearch()
    await user.type(await field(), 'kho')
    await screen.findByRole('option', { name: /Kho lạnh/ })
    await user.keyboard(' lanh{Enter}')
    expect(onClose).not.toHaveBeenCalled()
    answer()
    await waitFor(() => expect(router.state.location.pathname).toBe('/s/tan-tao/devices/kho-1'))
    expect(onClose).toHaveBeenCalledOnce()
  })

  it('goes through pages and actions with the arrows, around the ends', async () => {
    const { user, router, field } = renderSearch()
    expect((await field()).getAttribute('aria-activedescendant')).toBe(
      (await screen.findByRole('option', { name: 'Add device' })).id,
    )
    await user.type(await field(), '{ArrowUp}')
    expect(screen.getByRole('option', { name: 'Members' })).toHaveAttribute('aria-selected', 'true')
    await user.keyboard('{ArrowDown}{Enter}')
    expect(router.state.location.pathname).toBe('/s/tan-tao/devices/new')
  })

  it('offers what was opened before first, until the sign-out', async () => {
    serve()
    const { user, field } = renderSearch()
    await user.type(await field(), 'kho lanh')
    await screen.findByRole('option', { name: /Kho lạnh/ })
    await user.keyboard('{Enter}')
    await user.clear(await field())
    const first = (await screen.findAllByRole('option'))[0]
    expect(first).toHaveTextContent('Kho lạnh')
    expect(screen.getByRole('group', { name: 'Recent' })).toContainElement(first as HTMLElement)
    forgetHits()
    expect(recentHits('tan-tao')).toEqual([])
  })

  it('says that there is nothing, and what went wrong', async () => {
    serve()
    const { user, field } = renderSearch()
    await user.type(await field(), 'zzz')
    await waitFor(() => expect(screen.getByRole('status')).toHaveTextContent('Nothing of that name.'))
    server.use(http.get('*/api/v1/sites/tan-tao/search', () => HttpResponse.json({}, { status: 403 })))
    await user.type(await field(), 'y')
    await waitFor(() => expect(screen.getByRole('status')).not.toHaveTextContent(/Nothing|Searching/))
  })

  it('offers a viewer nothing to add', async () => {
    const { field } = renderSearch({ role: 'viewer' })
    await field()
    expect(screen.queryByRole('option', { name: 'Add device' })).toBeNull()
    expect(screen.getByRole('option', { name: /^Devices/ })).toBeVisible()
  })
})
