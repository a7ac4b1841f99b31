import { screen } from '@testing-library/react'
import type { UserEvent } from '@testing-library/user-event'
import { http, HttpResponse } from 'msw'
import { beforeEach, describe, expect, it } from 'vitest'
import { aMe } from '@/testing/factories'
import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'
import { strengthOf } from './password'
import SetupPage from './SetupPage'
import { userNameOf } from './userName'

/** As from a password manager: at once, by paste. */
async function fillIn(user: UserEvent, field: HTMLElement, text: string): Promise<void> {
  await user.click(field)
  await user.paste(text)
}

async function fill() {
  const { user } = renderPage(<SetupPage />, { route: '/setup' })
  await fillIn(user, screen.getByLabelText('Mã thiết lập'), ' Q2HD-DT98 ')
  await user.click(screen.getByRole('button', { name: 'Tiếp' }))
  await fillIn(user, screen.getByLabelText('Tên'), 'Nguyễn Thị Hạnh')
  await fillIn(user, screen.getByLabelText('E-mail'), 'hanh@example.com')
  await fillIn(user, screen.getByLabelText('Mật khẩu'), 'mot cau de nho lam')
  await user.click(screen.getByRole('button', { name: 'Tiếp' }))
  await fillIn(user, screen.getByLabelText('Tên điểm'), 'Kho lạnh Tân Tạo')
  await user.click(screen.getByRole('button', { name: 'Tạo điểm' }))
  return user
}

describe('set-up', () => {
  beforeEach(() => server.use(http.get('*/api/v1/setup', () => HttpResponse.json({ needed: true }))))

  it('makes the owner and the site in four steps', async () => {
    let sent: unknown
    server.use(
      http.post('*/api/v1/setup', async ({ request }) => {
        sent = await request.json()
        const site = { slug: 'kho-lanh-tan-tao', name: 'Kho lạnh Tân Tạo', timezone: 'Asia/Ho_Chi_Minh' }
        return HttpResponse.json({ user: aMe(), site }, { status: 201 })
      }),
    )
    await fill()
    expect(await screen.findByRole('link', { name: 'Thêm thiết bị' })).toHaveAttribute(
      'href',
      '/s/kho-lanh-tan-tao/devices/new',
    )
    expect(sent).toMatchObject({
      token: 'Q2HD-DT98',
      username: 'hanh',
      email: 'hanh@example.com',
      password: 'mot cau de nho lam',
      site: { slug: 'kho-lanh-tan-tao', name: 'Kho lạnh Tân Tạo' },
    })
  })

  it('comes back to the code when the server does not know it, and keeps the rest', async () => {
    server.use(
      http.post('*/api/v1/setup', () => HttpResponse.json({ code: 'bad_setup_token' }, { status: 403 })),
    )
    const user = await fill()
    expect(await screen.findByRole('alert')).toHaveTextContent('Mã thiết lập chưa đúng.')
    await user.click(screen.getByRole('button', { name: 'Tiếp' }))
    expect(screen.getByLabelText('E-mail')).toHaveValue('hanh@example.com')
  })

  it('comes back to the owner when the server refuses the password', async () => {
    server.use(
      http.post('*/api/v1/setup', () =>
        HttpResponse.json(
          { code: 'invalid', errors: { password: ['Mật khẩu quá phổ biến.'] } },
          { status: 400 },
        ),
      ),
    )
    await fill()
    expect(await screen.findByRole('alert')).toHaveTextContent('Mật khẩu quá phổ biến.')
    expect(screen.getByLabelText('Mật khẩu')).toBeVisible()
  })

  it('has its own words for a user name and an e-mail address that the server refuses', async () => {
    const errors = {
      username: ['User names have letters of one script.'],
      email: ['Enter a valid email address.'],
    }
    server.use(
      http.post('*/api/v1/setup', () => HttpResponse.json({ code: 'invalid', errors }, { status: 400 })),
    )
    await fill()
    expect(await screen.findByRole('alert')).toHaveTextContent('Tên đăng nhập:')
    expect(screen.queryByText(/User names have|Enter a valid/)).not.toBeInTheDocument()
  })

  it('does not go on with a short password', async () => {
    const { user } = renderPage(<SetupPage />, { route: '/setup' })
    await fillIn(user, screen.getByLabelText('Mã thiết lập'), 'X')
    await user.click(screen.getByRole('button', { name: 'Tiếp' }))
    await fillIn(user, screen.getByLabelText('Tên'), 'Hạnh')
    await fillIn(user, screen.getByLabelText('E-mail'), 'hanh@example.com')
    await fillIn(user, screen.getByLabelText('Mật khẩu'), 'ngan')
    await user.click(screen.getByRole('button', { name: 'Tiếp' }))
    expect(screen.getByLabelText('Mật khẩu')).toHaveFocus()
    expect(screen.getByLabelText('Mật khẩu')).toBeInvalid()
  })

  it('takes a user name without an @ from any address', () => {
    expect(userNameOf(' hanh.kho-1@example.com ')).toBe('hanh.kho-1')
    expect(userNameOf('"hạnh kho"@example.com')).toBe('hạnhkho')
    expect(userNameOf('@')).toBe('owner')
  })

  it('rates a password by its length first', () => {
    expect(strengthOf('Aa1!')).toBe('short')
    expect(strengthOf('aaaaaaaaaaaaaaaaaaaa')).toBe('weak')
    expect(strengthOf('mot cau de nho')).toBe('fair')
    expect(strengthOf('mot cau rat de nho')).toBe('good')
  })
})
