import { act, screen } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { describe, expect, it } from 'vitest'
import type { AuditEntry } from '@/lib/api/types'
import { activateLanguage, useLanguage } from '@/lib/i18n'
import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'
import { AuditTab } from './AuditTab'

function entry(change: Partial<AuditEntry> = {}): AuditEntry {
  return {
    id: 1,
    at: '2025-11-23T07:32:08Z',
    kind: 'member.role_changed',
    who: 'alice',
    who_name: 'alice',
    subject: 'bob',
    subject_name: '',
    data: { was: 'viewer', role: 'operator' },
    address: '192.0.2.7',
    token_name: '',
    ...change,
  }
}

/** Serves these; tells what was asked last. */
function serve(entries: AuditEntry[], next: number | null = null) {
  const asked = { url: new URL('http://nowhere') }
  server.use(
    http.get('*/api/v1/sites/tan-tao/audit', ({ request }) => {
      asked.url = new URL(request.url)
      return HttpResponse.json(
        asked.url.searchParams.has('cursor') ? { entries: [], next: null } : { entries, next },
      )
    }),
  )
  return asked
}

/** As in the frame, which is drawn again in another language. */
function Page() {
  useLanguage()
  return <AuditTab />
}

describe('the audit log', () => {
  it('says in words who did what and when', async () => {
    serve([entry(), entry({ id: 2, kind: 'account.sign_in_failed', subject: '', data: { times: 3 } })])
    renderPage(<AuditTab />)
    expect(await screen.findByText(/đã đổi vai trò của bob từ người xem sang người trực/i)).toBeVisible()
    expect(screen.getByText(/sai mật khẩu 3 lần/)).toBeVisible()
    expect(screen.getAllByText('23/11/2025 14:32:08')).toHaveLength(2)
  })

  it('names people as they are known, with the user name, which nobody else has', async () => {
    serve([
      entry({ who_name: 'Chị Lan', subject_name: 'Anh Bảo' }),
      entry({ id: 2, kind: 'account.signed_in', who_name: 'alice', subject: '' }),
      entry({ id: 3, kind: 'account.signed_out', who: 'bob', who_name: '', subject: '' }),
    ])
    renderPage(<AuditTab />)
    expect((await screen.findByText('Chị Lan')).closest('td')).toHaveTextContent('Chị Lan alice')
    expect(screen.getByText(/đã đổi vai trò của Anh Bảo \(bob\) từ/)).toBeVisible()
    for (const who of ['alice', 'bob'])
      expect(screen.getByText(who, { selector: 'b' }).closest('td')?.textContent).toBe(who)
  })

  it('names a ready rule, and what was silenced of it, in the language of the page', async () => {
    const data = { name_code: 'water_leak' }
    serve([
      entry({ kind: 'rule.changed', subject: 'Rò nước', data }),
      entry({ id: 2, kind: 'silence.created', subject: 'Nhà bếp', data }),
    ])
    renderPage(<Page />)
    expect(await screen.findByText(/đã sửa quy tắc Rò nước/i)).toBeVisible()
    await act(() => activateLanguage('en'))
    expect(await screen.findByText(/changed the rule Water leak/)).toBeVisible()
    expect(screen.getByText(/silenced Water leak · Nhà bếp/)).toBeVisible()
  })

  it('names what a silence covers in the language of the page; an entry of an older version as it was written', async () => {
    const silenced = { kind: 'silence.created', subject: 'Nóng · Nhiệt kế', data: { metric: 'temperature' } }
    serve([entry(silenced), entry({ ...silenced, id: 2, subject: 'Lạnh · Nhiệt kế · Nhiệt độ', data: {} })])
    renderPage(<Page />)
    expect(await screen.findByText(/Nóng · Nhiệt kế · Nhiệt độ/)).toBeVisible()
    await act(() => activateLanguage('en'))
    expect(await screen.findByText(/silenced Nóng · Nhiệt kế · Temperature/)).toBeVisible()
    expect(screen.getByText(/silenced Lạnh · Nhiệt kế · Nhiệt độ/)).toBeVisible()
  })

  it('shows a kind of a later version as it is', async () => {
    serve([entry({ kind: 'moon.landed', subject: 'Eagle' })])
    renderPage(<AuditTab />)
    expect(await screen.findByText(/moon.landed: Eagle/)).toBeVisible()
  })

  it('searches on the server, and has the filter in the address', async () => {
    const asked = serve([])
    const { user, router } = renderPage(<AuditTab />)
    expect(await screen.findByText('Không tìm thấy gì.')).toBeVisible()
    await user.type(screen.getByLabelText('Tìm'), 'bob')
    await expect.poll(() => asked.url.searchParams.get('q')).toBe('bob')
    expect(router.state.location.search).toBe('?q=bob')
  })

  it('asks for older ones by the cursor of the page before', async () => {
    const asked = serve([entry()], 7)
    const { user } = renderPage(<AuditTab />)
    await user.click(await screen.findByRole('button', { name: 'Xem cũ hơn' }))
    await expect.poll(() => asked.url.searchParams.get('cursor')).toBe('7')
  })

  it('shows a member who is no owner their own', async () => {
    server.use(
      http.get('*/api/v1/me/audit', () =>
        HttpResponse.json({ entries: [entry({ kind: 'account.signed_in', who: 'bob' })], next: null }),
      ),
    )
    renderPage(<AuditTab />, { site: { role: 'operator' } })
    expect(await screen.findByText(/đã đăng nhập/)).toBeVisible()
    expect(screen.queryByRole('button', { name: 'Cơ sở này' })).not.toBeInTheDocument()
  })
})
