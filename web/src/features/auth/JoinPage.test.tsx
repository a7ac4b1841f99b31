import { screen } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { beforeEach, describe, expect, it } from 'vitest'
import type { MyInvitation } from '@/lib/api/types'
import { aMe } from '@/testing/factories'
import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'
import { InvitationsBanner } from './InvitationsBanner'
import JoinPage from './JoinPage'

const invitation: MyInvitation = {
  id: 7,
  site_name: 'Kho lạnh Tân Tạo',
  site_language: 'vi',
  role: 'viewer',
  made_by: 'alice',
  expires_at: '2025-11-30T00:00:00Z',
}
const site = { slug: 'tan-tao', name: 'Kho lạnh Tân Tạo', timezone: 'UTC', address: '', role: 'viewer' }
const signedIn = () => server.use(http.get('*/api/v1/me', () => HttpResponse.json(aMe({ name: 'Dave' }))))
const signedOut = () =>
  server.use(http.get('*/api/v1/me', () => HttpResponse.json({ code: 'not_authenticated' }, { status: 401 })))

describe('an invitation by link', () => {
  beforeEach(() => server.use(http.post('*/api/v1/invitations/read', () => HttpResponse.json(invitation))))

  it('lets somebody without an account make one and go in', async () => {
    signedOut()
    let sent: unknown
    server.use(
      http.post('*/api/v1/invitations/join', async ({ request }) => {
        sent = await request.json()
        return HttpResponse.json(aMe(), { status: 201 })
      }),
    )
    const { user, router } = renderPage(<JoinPage />, { route: '/join#c0de' })
    expect(await screen.findByText('Bạn được mời vào Kho lạnh Tân Tạo')).toBeVisible()
    await user.type(screen.getByLabelText('Tên đăng nhập'), 'dave')
    await user.type(screen.getByLabelText('Mật khẩu'), 'mot cau de nho')
    await user.click(screen.getByRole('button', { name: 'Tạo tài khoản và vào' }))
    await expect.poll(() => router.state.location.pathname).toBe('/')
    expect(sent).toMatchObject({ code: 'c0de', username: 'dave', password: 'mot cau de nho' })
  })

  it('sends who has an account to the sign-in page and back', async () => {
    signedOut()
    renderPage(<JoinPage />, { route: '/join#c0de' })
    const link = await screen.findByRole('link', { name: 'Đã có tài khoản? Đăng nhập rồi đồng ý.' })
    expect(link).toHaveAttribute('href', '/sign-in?next=%2Fjoin%23c0de')
  })

  it('asks who is signed in before it accepts', async () => {
    signedIn()
    server.use(http.post('*/api/v1/invitations/accept', () => HttpResponse.json(site)))
    const { user, router } = renderPage(<JoinPage />, { route: '/join#c0de' })
    await user.click(await screen.findByRole('button', { name: 'Đồng ý, là Dave' }))
    await expect.poll(() => router.state.location.pathname).toBe('/s/tan-tao')
  })

  it('says why a link no longer works', async () => {
    signedOut()
    server.use(
      http.post('*/api/v1/invitations/read', () =>
        HttpResponse.json({ code: 'bad_invitation' }, { status: 403 }),
      ),
    )
    renderPage(<JoinPage />, { route: '/join#old' })
    expect(await screen.findByRole('alert')).toHaveTextContent('Lời mời này không còn dùng được')
  })
})

describe('an invitation by name', () => {
  let waiting: MyInvitation[]
  beforeEach(() => {
    waiting = [invitation]
    server.use(http.get('*/api/v1/me/invitations', () => HttpResponse.json(waiting)))
  })

  it('is accepted and leads to the site', async () => {
    server.use(
      http.post('*/api/v1/me/invitations/7', () => {
        waiting = []
        return HttpResponse.json(site)
      }),
    )
    const { user, router } = renderPage(<InvitationsBanner />, { route: '/' })
    expect(await screen.findByRole('status')).toHaveTextContent('Bạn được mời vào Kho lạnh Tân Tạo')
    await user.click(screen.getByRole('button', { name: 'Đồng ý' }))
    await expect.poll(() => router.state.location.pathname).toBe('/s/tan-tao')
    await expect.poll(() => screen.queryByRole('button', { name: 'Đồng ý' })).toBeNull()
  })

  it('is declined and gone', async () => {
    server.use(
      http.delete('*/api/v1/me/invitations/7', () => {
        waiting = []
        return new HttpResponse(null, { status: 204 })
      }),
    )
    const { user } = renderPage(<InvitationsBanner />)
    await user.click(await screen.findByRole('button', { name: 'Từ chối' }))
    await expect.poll(() => screen.queryByRole('status')).toBeNull()
  })
})
