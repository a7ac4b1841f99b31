import { screen, waitFor } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { beforeEach, describe, expect, it } from 'vitest'
import type { MySite } from '@/lib/api/types'
import { aMe } from '@/testing/factories'
import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'
import { SiteSwitcher } from './SiteSwitcher'

const here = aMe().sites[0] as MySite
const sites: MySite[] = [
  { ...here, role: 'viewer' },
  { ...here, slug: 'binh-chanh', name: 'Kho Bình Chánh', role: 'viewer' },
]

describe('the list of sites', () => {
  beforeEach(() => {
    server.use(
      http.get('*/api/v1/sites/tan-tao/series', () => HttpResponse.json([])),
      http.get('*/api/v1/cameras', () => HttpResponse.json([])),
    )
  })

  it('opens with the first press, with the focus on its button, and leads to another site', async () => {
    const { user, router } = renderPage(<SiteSwitcher sites={sites} wall={false} />)
    await user.click(screen.getByRole('button', { name: /Kho lạnh Tân Tạo/ }))
    const other = await screen.findByRole('option', { name: /Kho Bình Chánh/ })
    const button = screen.getByRole('button', { name: /Kho lạnh Tân Tạo/ })
    await waitFor(() => expect(button).toHaveFocus())
    await user.click(other)
    expect(router.state.location.pathname).toBe('/s/binh-chanh')
  })

  it('opens by keys too', async () => {
    const { user } = renderPage(<SiteSwitcher sites={sites} wall={false} />)
    await user.tab()
    await user.keyboard('{ArrowDown}')
    expect(await screen.findAllByRole('option')).toHaveLength(2)
  })

  it('is no button where there is nothing to choose', () => {
    renderPage(<SiteSwitcher sites={sites.slice(0, 1)} wall={false} />)
    expect(screen.queryByRole('button')).toBeNull()
  })
})
