import { screen, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Invitation, Member } from '@/lib/api/types'
import { aMe } from '@/testing/factories'
import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'
import { MembersTab } from './MembersTab'

const SITE = '*/api/v1/sites/tan-tao'
const bob: Member = { id: 2, username: 'bob', name: 'Bob', email: 'bob@example.com', role: 'operator' }

function anInvitation(change: Partial<Invitation> = {}): Invitation {
  return {
    id: 7,
    name: 'dave',
    role: 'viewer',
    made_by: 'alice',
    created_at: '2025-11-23T00:00:00Z',
    expires_at: '2025-11-30T00:00:00Z',
    ...change,
  }
}

describe('members', () => {
  let waiting: Invitation[]
  beforeEach(() => {
    waiting = []
    server.use(
      http.get('*/api/v1/me', () => HttpResponse.json(aMe())),
      http.get(`${SITE}/members`, () => HttpResponse.json([bob])),
      http.get(`${SITE}/invitations`, () => HttpResponse.json(waiting)),
    )
  })

  it('makes a link for a new password after asking, and shows it once', async () => {
    server.use(
      http.post(`${SITE}/members/${bob.id}/reset`, () =>
        HttpResponse.json({ code: 'RESET-CODE', expires_at: '2025-11-24T00:00:00Z' }, { status: 201 }),
      ),
    )
    const { user } = renderPage(<MembersTab />)
    await user.click(await screen.findByRole('button', { name: 'Đặt lại mật khẩu: Bob' }))
    expect(screen.getByText('Bob bị đăng xuất mọi nơi và mật khẩu hiện tại hết hiệu lực.')).toBeVisible()
    await user.keyboard('{Enter}')
    expect(await screen.findByText(/\/reset#RESET-CODE$/)).toBeVisible()
    await user.click(screen.getByRole('button', { name: 'Tôi đã lưu lại' }))
    expect(screen.queryByText(/RESET-CODE/)).not.toBeInTheDocument()
  })

  it('says that no invitation is waiting', async () => {
    renderPage(<MembersTab />)
    expect(await screen.findByText('Không có lời mời nào đang chờ.')).toBeVisible()
  })

  it('invites by name, says so alike for everybody, and lists what waits', async () => {
    let sent: unknown
    server.use(
      http.post(`${SITE}/invitations`, async ({ request }) => {
        sent = await request.json()
        waiting = [anInvitation()]
        return HttpResponse.json({ ...anInvitation(), code: '' }, { status: 201 })
      }),
    )
    const { user } = renderPage(<MembersTab />)
    await user.type(screen.getByLabelText('Tên đăng nhập hoặc e-mail'), ' dave ')
    await user.click(screen.getByRole('button', { name: 'Mời' }))
    expect(await screen.findByText(/Nếu có tài khoản này, họ sẽ thấy lời mời/)).toBeVisible()
    expect(await screen.findByText(/người xem · hết hạn 30\/11\/2025/i)).toBeVisible()
    expect(sent).toEqual({ name: 'dave', role: 'operator' })
  })

  it('shows the link of an invitation once, with the code behind the #', async () => {
    server.use(
      http.post(`${SITE}/invitations`, () =>
        HttpResponse.json({ ...anInvitation({ name: '' }), code: 'c0de' }, { status: 201 }),
      ),
    )
    const { user } = renderPage(<MembersTab />)
    await user.click(screen.getByRole('button', { name: 'Tạo liên kết mời' }))
    expect(await screen.findByText(`${window.location.origin}/join#c0de`)).toBeVisible()
  })

  it('asks before it withdraws an invitation, with the keyboard too', async () => {
    waiting = [anInvitation()]
    server.use(
      http.delete(`${SITE}/invitations/7`, () => {
        waiting = []
        return new HttpResponse(null, { status: 204 })
      }),
    )
    const { user } = renderPage(<MembersTab />)
    await user.click(await screen.findByRole('button', { name: 'Rút lại lời mời: dave' }))
    expect(within(screen.getByRole('group')).getByRole('button', { name: 'Rút lại' })).toHaveFocus()
    await user.keyboard('{Enter}')
    expect(await screen.findByText('Không có lời mời nào đang chờ.')).toBeVisible()
  })

  it('removes nobody without asking', async () => {
    let removed = false
    server.use(
      http.delete(`${SITE}/members/2`, () => {
        removed = true
        return new HttpResponse(null, { status: 204 })
      }),
    )
    const { user } = renderPage(<MembersTab />)
    await user.click(await screen.findByRole('button', { name: 'Bỏ khỏi cơ sở: Bob' }))
    await user.click(screen.getByRole('button', { name: 'Thôi' }))
    expect(removed).toBe(false)
    await user.click(screen.getByRole('button', { name: 'Bỏ khỏi cơ sở: Bob' }))
    await user.click(screen.getByRole('button', { name: 'Bỏ khỏi cơ sở' }))
    await expect.poll(() => removed).toBe(true)
  })

  it('says in Vietnamese what is wrong with a user name, never in the words of the server', async () => {
    const refused = { code: 'invalid', errors: { username: ['Enter a valid username.'] } }
    server.use(http.post(`${SITE}/members`, () => HttpResponse.json(refused, { status: 400 })))
    const { user } = renderPage(<MembersTab />)
    await user.type(screen.getByLabelText('Tên đăng nhập'), 'no spaces')
    await user.type(screen.getByLabelText('Mật khẩu ban đầu'), 'mot cau de nho')
    await user.click(screen.getByRole('button', { name: 'Tạo tài khoản' }))
    expect(await screen.findByRole('alert')).toHaveTextContent(/^Tên đăng nhập: chỉ gồm chữ, số/)
  })

  it('says when a name was somebody’s and they were invited instead', async () => {
    const added = { id: null, username: 'dave', name: 'dave', email: '', role: 'viewer' }
    server.use(http.post(`${SITE}/members`, () => HttpResponse.json(added, { status: 201 })))
    const { user } = renderPage(<MembersTab />)
    await user.type(screen.getByLabelText('Tên đăng nhập'), 'dave')
    await user.type(screen.getByLabelText('Mật khẩu ban đầu'), 'mot cau de nho')
    await user.click(screen.getByRole('button', { name: 'Tạo tài khoản' }))
    expect(await screen.findByText('Tên này đã có người dùng: họ đã được mời.')).toBeVisible()
  })

  it('says that the list did not load, and loads it again', async () => {
    server.use(
      http.get(`${SITE}/members`, () => HttpResponse.json({ code: 'server_error' }, { status: 500 }), {
        once: true,
      }),
    )
    const { user } = renderPage(<MembersTab />)
    await user.click(await screen.findByRole('button', { name: 'Thử lại' }))
    expect(await screen.findByText('bob@example.com')).toBeVisible()
  })
})
