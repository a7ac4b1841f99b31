import { screen } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { beforeEach, describe, expect, it } from 'vitest'
import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'
import { SiteTab } from './SiteTab'

const site = {
  slug: 'tan-tao',
  name: 'Kho lạnh',
  address: '',
  timezone: 'Asia/Ho_Chi_Minh',
  language: 'vi',
  zones: [],
  version: 3,
}
const present = { name: site.timezone, city: 'Hồ Chí Minh', country: 'Việt Nam', offset_minutes: 420 }
const zones = [
  { name: 'Europe/Berlin', city: 'Berlin', country: 'Đức', offset_minutes: 60 },
  { name: 'America/St_Johns', city: 'St. John’s', country: 'Canada', offset_minutes: -210 },
]

const asked = (request: Request) => new URL(request.url).searchParams.get('q') ?? ''

describe('the settings of a site', () => {
  beforeEach(() =>
    server.use(
      http.get('*/api/v1/sites/tan-tao', () => HttpResponse.json(site)),
      http.get('*/api/v1/timezones', ({ request }) =>
        HttpResponse.json({ Đức: zones, [site.timezone]: [present] }[asked(request)] ?? []),
      ),
    ),
  )

  it('changes the time zone to one that was found by its country', async () => {
    let sent: unknown
    server.use(
      http.patch('*/api/v1/sites/tan-tao', async ({ request }) => {
        sent = await request.json()
        return HttpResponse.json({ ...site, timezone: 'Europe/Berlin', version: 4 })
      }),
    )
    const { user } = renderPage(<SiteTab />)
    const field = await screen.findByDisplayValue('Hồ Chí Minh, Việt Nam · UTC+7')
    await user.clear(field)
    await user.type(field, 'Đức')
    expect(await screen.findByText('St. John’s, Canada · UTC\u22123:30')).toBeInTheDocument()
    expect(field, 'what the server found does not write over it').toHaveValue('Đức')
    await user.click(await screen.findByText('Berlin, Đức · UTC+1'))
    await user.click(screen.getByRole('button', { name: 'Lưu' }))
    await expect.poll(() => sent).toMatchObject({ timezone: 'Europe/Berlin', language: 'vi' })
  })

  it('deletes a site only where its name is typed', async () => {
    let name: string | null = null
    server.use(
      http.delete('*/api/v1/sites/tan-tao', ({ request }) => {
        name = new URL(request.url).searchParams.get('name')
        return new HttpResponse(null, { status: 204 })
      }),
    )
    const { user, router } = renderPage(<SiteTab />)
    const button = await screen.findByRole('button', { name: 'Xoá cơ sở' })
    await user.type(screen.getByLabelText('Gõ tên cơ sở: Kho lạnh'), 'Kho')
    expect(button).toBeDisabled()
    await user.type(screen.getByLabelText('Gõ tên cơ sở: Kho lạnh'), ' lạnh')
    await user.click(button)
    await expect.poll(() => router.state.location.pathname).toBe('/')
    expect(name).toBe('Kho lạnh')
  })
})
