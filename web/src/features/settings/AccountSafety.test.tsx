import { screen } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { beforeEach, describe, expect, it } from 'vitest'
import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'
import { AccountSafety } from './AccountSafety'

const done = () => new HttpResponse(null, { status: 204 })

const sessions = [
  { id: 1, browser: 'Firefox 145, Windows', address: '192.0.2.7', current: true },
  { id: 2, browser: 'Safari 18, iPhone', address: '192.0.2.8', current: false },
].map((one) => ({ ...one, created_at: '2025-11-01T00:00:00Z', last_used_at: '2025-11-23T07:32:00Z' }))

describe('the safety of an account', () => {
  beforeEach(() => server.use(http.get('*/api/v1/sessions', () => HttpResponse.json(sessions))))

  it('lists where one is signed in, and signs one of them out', async () => {
    let ended = ''
    server.use(
      http.delete('*/api/v1/sessions/:id', ({ params }) => {
        ended = String(params.id)
        return done()
      }),
    )
    const { user } = renderPage(<AccountSafety />)
    expect(await screen.findByText('192.0.2.7 · trình duyệt này')).toBeVisible()
    expect(screen.getByText('192.0.2.8 · dùng gần nhất 23/11/2025 14:32')).toBeVisible()
    await user.click(screen.getByRole('button', { name: 'Đăng xuất: Safari 18, iPhone' }))
    await user.keyboard('{Enter}')
    await expect.poll(() => ended).toBe('2')
  })

  it('changes the password and empties the fields', async () => {
    let sent: unknown
    server.use(
      http.post('*/api/v1/me/password', async ({ request }) => {
        sent = await request.json()
        return done()
      }),
    )
    const { user } = renderPage(<AccountSafety />)
    await user.type(screen.getByLabelText('Mật khẩu hiện tại'), 'cu')
    await user.type(screen.getByLabelText('Mật khẩu mới'), 'mot cau de nho')
    await user.click(screen.getByRole('button', { name: 'Đổi mật khẩu' }))
    expect(await screen.findByText('Đã đổi mật khẩu.')).toBeVisible()
    expect(sent).toEqual({ current_password: 'cu', password: 'mot cau de nho' })
    expect(screen.getByLabelText('Mật khẩu mới')).toHaveValue('')
  })

  it('says how long to wait after too many wrong passwords', async () => {
    server.use(
      http.post('*/api/v1/me/password', () =>
        HttpResponse.json({ code: 'locked_out' }, { status: 429, headers: { 'Retry-After': '30' } }),
      ),
    )
    const { user } = renderPage(<AccountSafety />)
    await user.type(screen.getByLabelText('Mật khẩu hiện tại'), 'cu')
    await user.type(screen.getByLabelText('Mật khẩu mới'), 'mot cau de nho')
    await user.click(screen.getByRole('button', { name: 'Đổi mật khẩu' }))
    expect(await screen.findByRole('alert')).toHaveTextContent(
      'Sai mật khẩu hoặc mã nhiều lần. Thử lại sau 30 giây.',
    )
  })

  it('signs out everywhere after asking, and goes to the sign-in page', async () => {
    server.use(http.delete('*/api/v1/sessions', done))
    const { user, router } = renderPage(<AccountSafety />)
    await user.click(screen.getByRole('button', { name: 'Đăng xuất mọi nơi' }))
    expect(screen.getByText('Bạn sẽ phải đăng nhập lại.')).toBeVisible()
    await user.keyboard('{Enter}')
    await expect.poll(() => router.state.location.pathname).toBe('/sign-in')
  })

  it('tells the last owner which sites need another one before the account can be closed', async () => {
    const refused = { code: 'last_owner', errors: { sites: ['Kho lạnh', 'Trại gà'] } }
    server.use(http.post('*/api/v1/me/close', () => HttpResponse.json(refused, { status: 409 })))
    const { user } = renderPage(<AccountSafety />)
    expect(screen.getByRole('button', { name: 'Đóng tài khoản' })).toBeDisabled()
    await user.type(screen.getByLabelText('Mật khẩu hiện tại (để đóng)'), 'cu')
    await user.click(screen.getByRole('button', { name: 'Đóng tài khoản' }))
    await user.keyboard('{Enter}')
    expect(await screen.findByRole('alert')).toHaveTextContent(
      'Hãy đặt một chủ cơ sở khác trước, ở: Kho lạnh, Trại gà.',
    )
  })
})
