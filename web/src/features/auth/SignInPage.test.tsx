import { screen } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { beforeEach, describe, expect, it } from 'vitest'
import { aMe } from '@/testing/factories'
import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'
import SignInPage, { safeNext } from './SignInPage'

function refuse(status: number, code: string, headers: Record<string, string> = {}): void {
  server.use(http.post('*/api/v1/session', () => HttpResponse.json({ code, status }, { status, headers })))
}

async function signIn() {
  const { user, router } = renderPage(<SignInPage />, { route: '/sign-in?next=%2Fs%2Ftan-tao%2Falerts' })
  await user.type(screen.getByLabelText('E-mail hoặc tên đăng nhập'), 'alice')
  await user.type(screen.getByLabelText('Mật khẩu'), 'mot cau de nho')
  await user.click(screen.getByRole('button', { name: 'Đăng nhập' }))
  return router
}

describe('sign-in', () => {
  beforeEach(() => server.use(http.get('*/api/v1/setup', () => HttpResponse.json({ needed: false }))))

  it('goes on to the page that asked for it', async () => {
    server.use(http.post('*/api/v1/session', () => HttpResponse.json(aMe())))
    const router = await signIn()
    await expect.poll(() => router.state.location.pathname).toBe('/s/tan-tao/alerts')
  })

  it('says the same for a wrong name and a wrong password, over the form', async () => {
    refuse(401, 'bad_credentials')
    await signIn()
    expect(await screen.findByRole('alert')).toHaveTextContent('E-mail hoặc mật khẩu chưa đúng.')
    expect(screen.getByLabelText('Mật khẩu')).toHaveFocus()
  })

  it('counts the wait down after too many tries', async () => {
    refuse(429, 'locked_out', { 'Retry-After': '90' })
    await signIn()
    expect(await screen.findByRole('alert')).toHaveTextContent(
      /Sai mật khẩu nhiều lần\. Thử lại sau (90|8\d) giây\./,
    )
    expect(screen.getByRole('button', { name: 'Đăng nhập' })).toBeDisabled()
    await expect.poll(() => screen.getByRole('alert').textContent).toMatch(/8\d\sgiây/)
  })

  it('can be used again once the wait is over, and says so', async () => {
    refuse(429, 'locked_out', { 'Retry-After': '1' })
    await signIn()
    expect(await screen.findByText('Bạn có thể thử lại.')).toBeVisible()
    expect(screen.queryByRole('alert')).not.toBeInTheDocument()
    expect(screen.getByRole('button', { name: 'Đăng nhập' })).toBeEnabled()
  })

  it('says that the session has ended to whom the page sent here', async () => {
    renderPage(<SignInPage />, { route: '/sign-in?ended&next=%2Fs%2Ftan-tao%2Falerts' })
    expect(await screen.findByText(/Phiên đã hết/)).toBeVisible()
  })

  it('puts the focus on the first empty field', async () => {
    const { user } = renderPage(<SignInPage />)
    await user.click(screen.getByRole('button', { name: 'Đăng nhập' }))
    expect(screen.getByLabelText('E-mail hoặc tên đăng nhập')).toHaveFocus()
    expect(screen.getByText('Điền e-mail hoặc tên đăng nhập.')).toBeVisible()
  })

  it('does not send a person to another site', () => {
    expect(safeNext('/s/tan-tao')).toBe('/s/tan-tao')
    expect(safeNext('//evil.example')).toBe('/')
    expect(safeNext('/\\evil.example')).toBe('/')
    expect(safeNext('https://evil.example')).toBe('/')
    expect(safeNext(null)).toBe('/')
  })
})
