import { screen } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { describe, expect, it } from 'vitest'
import type { Token } from '@/lib/api/types'
import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'
import { TokensTab } from './TokensTab'

function aToken(change: Partial<Token> = {}): Token {
  return {
    id: 1,
    name: 'bars',
    created_at: '2025-11-01T00:00:00Z',
    expires_at: null,
    last_used_at: null,
    read_only: false,
    ...change,
  }
}

function serve(tokens: Token[]): void {
  server.use(http.get('*/api/v1/tokens', () => HttpResponse.json(tokens)))
}

describe('tokens', () => {
  it('says that there is none', async () => {
    serve([])
    renderPage(<TokensTab />)
    expect(await screen.findByText('Chưa có mã nào.')).toBeVisible()
  })

  it('shows scope, last use and end of each', async () => {
    serve([
      aToken(),
      aToken({
        id: 2,
        name: 'wall',
        read_only: true,
        last_used_at: '2025-11-23T07:32:00Z',
        expires_at: '2001-01-01T00:00:00Z',
      }),
    ])
    renderPage(<TokensTab />)
    expect(await screen.findByText('tạo 01/11/2025 · chưa dùng lần nào · không hết hạn')).toBeVisible()
    expect(
      screen.getByText('chỉ đọc · tạo 01/11/2025 · dùng gần nhất 23/11/2025 14:32 · đã hết hạn 01/01/2001'),
    ).toBeVisible()
  })

  it('makes one that ends after 90 days unless told otherwise, and shows it once', async () => {
    serve([])
    let sent: unknown
    server.use(
      http.post('*/api/v1/tokens', async ({ request }) => {
        sent = await request.json()
        return HttpResponse.json({ ...aToken({ read_only: true }), token: 'bv_secret' }, { status: 201 })
      }),
    )
    const { user } = renderPage(<TokensTab />)
    await user.type(screen.getByLabelText('Tên'), 'wall')
    await user.click(screen.getByLabelText('Chỉ đọc: không sửa được gì'))
    await user.click(screen.getByRole('button', { name: 'Tạo mã' }))
    expect(await screen.findByText('bv_secret')).toBeVisible()
    expect(sent).toEqual({ name: 'wall', read_only: true, expires_in_days: 90 })
  })

  it('asks before it revokes one', async () => {
    let tokens = [aToken()]
    server.use(
      http.get('*/api/v1/tokens', () => HttpResponse.json(tokens)),
      http.delete('*/api/v1/tokens/1', () => {
        tokens = []
        return new HttpResponse(null, { status: 204 })
      }),
    )
    const { user } = renderPage(<TokensTab />)
    await user.click(await screen.findByRole('button', { name: 'Thu hồi bars' }))
    await user.click(screen.getByRole('button', { name: 'Thu hồi' }))
    expect(await screen.findByText('Chưa có mã nào.')).toBeVisible()
  })
})
