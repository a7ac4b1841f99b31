import { screen, waitFor } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { expect, it } from 'vitest'
import SignInPage from '@/features/auth/SignInPage'
import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'
import { InLanguage } from './InLanguage'

it('another language redraws the page in place, and what was typed stays', async () => {
  server.use(http.get('*/api/v1/setup', () => HttpResponse.json({ needed: false })))
  const { user } = renderPage(<InLanguage page={SignInPage} />, { route: '/sign-in' })
  const name = screen.getByLabelText('E-mail hoặc tên đăng nhập')
  await user.type(name, 'alice')
  await user.click(screen.getByRole('button', { name: 'English' }))
  await waitFor(() => expect(screen.getByRole('heading', { level: 1 })).toHaveTextContent('Sign in'))
  expect(screen.getByLabelText('E-mail or user name')).toBe(name)
  expect(name).toHaveValue('alice')
})
