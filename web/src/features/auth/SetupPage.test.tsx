import { screen, waitFor } from '@testing-library/react'
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

/** The server finds nothing wrong with any step. */
function passAll(): void {
  server.use(http.post('*/api/v1/setup/check', () => new HttpResponse(null, { status: 204 })))
}

function refuseStep(status: number, problem: object): void {
  server.use(http.post('*/api/v1/setup/check', () => HttpResponse.json(problem, { status })))
}

/** The server makes the owner and the site; returns what it was sent. */
function takeSetup(): unknown[] {
  const sent: unknown[] = []
  server.use(
    http.post('*/api/v1/setup', async ({ request }) => {
      sent.push(await request.json())
      const site = { slug: 'tan-tao', name: 'Kho lạnh Tân Tạo', timezone: 'Asia/Ho_Chi_Minh' }
      return HttpResponse.json({ user: aMe(), site }, { status: 201 })
    }),
  )
  return sent
}

async function fill() {
  const { user } = renderPage(<SetupPage />, { route: '/setup' })
  await fillIn(user, screen.getByLabelText('Mã thiết lập'), ' Q2HD-DT98 ')
  await user.click(screen.getByRole('button', { name: 'Tiếp' }))
  await fillIn(user, await screen.findByLabelText('Tên'), 'Nguyễn Thị Hạnh')
  await fillIn(user, screen.getByLabelText('E-mail'), 'hanh@example.com')
  await fillIn(user, screen.getByLabelText('Mật khẩu'), 'mot cau de nho lam')
  await user.click(screen.getByRole('button', { name: 'Tiếp' }))
  await fillIn(user, await screen.findByLabelText('Tên cơ sở'), 'Kho lạnh Tân Tạo')
  await user.click(screen.getByRole('button', { name: 'Tạo cơ sở' }))
  return user
}

describe('set-up', () => {
  beforeEach(() => {
    sessionStorage.clear()
    passAll()
    server.use(
      http.get('*/api/v1/setup', () => HttpResponse.json({ needed: true })),
      http.get('*/api/v1/timezones', () => HttpResponse.json([])),
      http.get('*/api/v1/me', () => HttpResponse.json(aMe())),
    )
  })

  it('makes the owner and the site in four steps', async () => {
    const sent = takeSetup()
    await fill()
    expect(await screen.findByRole('link', { name: 'Thêm thiết bị' })).toHaveAttribute(
      'href',
      '/s/tan-tao/devices/new',
    )
    expect(sent[0]).toMatchObject({
      token: 'Q2HD-DT98',
      username: 'hanh',
      email: 'hanh@example.com',
      password: 'mot cau de nho lam',
      site: { slug: 'kho-lanh-tan-tao', name: 'Kho lạnh Tân Tạo' },
    })
  })

  it('is made in the language that the page was switched to', async () => {
    const sent = takeSetup()
    const { user } = renderPage(<SetupPage />, { route: '/setup' })
    await fillIn(user, screen.getByLabelText('Mã thiết lập'), 'Q2HD-DT98')
    await user.click(screen.getByRole('button', { name: 'English' }))
    await user.click(await screen.findByRole('button', { name: 'Next' }))
    await fillIn(user, await screen.findByLabelText('Name'), 'Hạnh')
    await fillIn(user, screen.getByLabelText('E-mail'), 'hanh@example.com')
    await fillIn(user, screen.getByLabelText('Password'), 'mot cau de nho lam')
    await user.click(screen.getByRole('button', { name: 'Next' }))
    await fillIn(user, await screen.findByLabelText('Site name'), 'Farm')
    await user.click(screen.getByRole('button', { name: 'Create site' }))
    expect(await screen.findByRole('link', { name: 'Add device' })).toBeVisible()
    expect(sent[0]).toMatchObject({ language: 'en', site: { language: 'en' } })
  })

  it('says what was refused in the language that the page has by now', async () => {
    refuseStep(403, { code: 'bad_setup_token' })
    const { user } = renderPage(<SetupPage />, { route: '/setup' })
    await fillIn(user, screen.getByLabelText('Mã thiết lập'), 'Q2HD')
    await user.click(screen.getByRole('button', { name: 'Tiếp' }))
    expect(await screen.findByText(/Mã thiết lập chưa đúng/)).toBeVisible()
    await user.click(screen.getByRole('button', { name: 'English' }))
    await waitFor(() => expect(screen.queryByText(/Mã thiết lập chưa đúng/)).toBeNull())
    expect(screen.getByLabelText('Set-up code')).toBeInvalid()
  })

  it('comes back to the code when the server does not know it, and keeps the rest', async () => {
    server.use(
      http.post('*/api/v1/setup', () => HttpResponse.json({ code: 'bad_setup_token' }, { status: 403 })),
    )
    const user = await fill()
    expect(await screen.findByText(/Mã thiết lập chưa đúng/)).toBeVisible()
    await user.click(screen.getByRole('button', { name: 'Tiếp' }))
    expect(await screen.findByLabelText('E-mail')).toHaveValue('hanh@example.com')
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
    expect(await screen.findByText('Mật khẩu quá phổ biến.')).toBeVisible()
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
    expect(await screen.findByLabelText('E-mail')).toBeInvalid()
    expect(screen.queryByText(/User names have|Enter a valid/)).not.toBeInTheDocument()
  })

  it('does not go on with a short password', async () => {
    const { user } = renderPage(<SetupPage />, { route: '/setup' })
    await fillIn(user, screen.getByLabelText('Mã thiết lập'), 'X')
    await user.click(screen.getByRole('button', { name: 'Tiếp' }))
    await fillIn(user, await screen.findByLabelText('Tên'), 'Hạnh')
    await fillIn(user, screen.getByLabelText('E-mail'), 'hanh@example.com')
    await fillIn(user, screen.getByLabelText('Mật khẩu'), 'ngan')
    await user.click(screen.getByRole('button', { name: 'Tiếp' }))
    expect(screen.getByLabelText('Mật khẩu')).toHaveFocus()
    expect(screen.getByLabelText('Mật khẩu')).toBeInvalid()
  })

  it('tells a wrong code when its step is left, and no more once it is corrected', async () => {
    refuseStep(403, { code: 'bad_setup_token' })
    const { user } = renderPage(<SetupPage />, { route: '/setup' })
    await fillIn(user, screen.getByLabelText('Mã thiết lập'), 'WRONG')
    await user.click(screen.getByRole('button', { name: 'Tiếp' }))
    expect(await screen.findByText(/Mã thiết lập chưa đúng/)).toBeVisible()
    expect(screen.getByLabelText('Mã thiết lập')).toHaveFocus()
    await fillIn(user, screen.getByLabelText('Mã thiết lập'), 'X')
    expect(screen.queryByText(/Mã thiết lập chưa đúng/)).not.toBeInTheDocument()
    passAll()
    await user.click(screen.getByRole('button', { name: 'Tiếp' }))
    expect(await screen.findByRole('heading', { name: 'Bạn là chủ cơ sở' })).toHaveFocus()
  })

  it('tells a password that is easy to guess when its step is left', async () => {
    const { user } = renderPage(<SetupPage />, { route: '/setup' })
    await fillIn(user, screen.getByLabelText('Mã thiết lập'), 'X')
    await user.click(screen.getByRole('button', { name: 'Tiếp' }))
    await fillIn(user, await screen.findByLabelText('Tên'), 'Hạnh')
    await fillIn(user, screen.getByLabelText('E-mail'), 'hanh@example.com')
    await fillIn(user, screen.getByLabelText('Mật khẩu'), '1234567890')
    refuseStep(400, { code: 'weak_password', errors: { password: ['Mật khẩu quá phổ biến.'] } })
    await user.click(screen.getByRole('button', { name: 'Tiếp' }))
    expect(await screen.findByText('Mật khẩu quá phổ biến.')).toBeVisible()
    expect(screen.getByLabelText('Mật khẩu')).toHaveFocus()
  })

  it('survives a refresh, but for the password, which is nowhere kept', async () => {
    const first = renderPage(<SetupPage />, { route: '/setup' })
    await fillIn(first.user, screen.getByLabelText('Mã thiết lập'), 'X')
    await first.user.click(screen.getByRole('button', { name: 'Tiếp' }))
    await fillIn(first.user, await screen.findByLabelText('E-mail'), 'hanh@example.com')
    await fillIn(first.user, screen.getByLabelText('Mật khẩu'), 'mot cau de nho')
    first.unmount()
    renderPage(<SetupPage />, { route: '/setup' })
    expect(screen.getByLabelText('E-mail')).toHaveValue('hanh@example.com')
    expect(screen.getByLabelText('Mật khẩu')).toHaveValue('')
    expect(JSON.stringify(sessionStorage)).not.toContain('mot cau')
  })

  it('leads on from its last step also after a refresh', async () => {
    server.use(http.get('*/api/v1/setup', () => HttpResponse.json({ needed: false })))
    renderPage(<SetupPage />, { route: '/setup?done=tan-tao' })
    expect(await screen.findByRole('link', { name: 'Thêm thiết bị' })).toBeVisible()
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
