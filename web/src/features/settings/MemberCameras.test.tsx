import { screen } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { expect, it } from 'vitest'
import { aCamera } from '@/testing/factories'
import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'
import { MemberCameras } from './MemberCameras'

it('limits a viewer to the cameras that are ticked', async () => {
  let sent: unknown
  let closed = false
  server.use(
    http.get('*/api/v1/cameras', () =>
      HttpResponse.json([aCamera({ id: 'gate', name: 'Cổng' }), aCamera({ id: 'yard', name: 'Sân' })]),
    ),
    http.get('*/api/v1/sites/tan-tao/members/3/cameras', () => HttpResponse.json({ cameras: null })),
    http.put('*/api/v1/sites/tan-tao/members/3/cameras', async ({ request }) => {
      sent = await request.json()
      return HttpResponse.json(sent as object)
    }),
  )
  const { user } = renderPage(<MemberCameras member={3} name="Charlie" onClose={() => (closed = true)} />)
  expect(
    await screen.findByRole('radio', { name: 'Mọi camera của cơ sở, kể cả camera thêm sau' }),
  ).toBeChecked()
  await user.click(screen.getByRole('radio', { name: 'Chỉ các camera này, không gồm camera thêm sau' }))
  await user.click(screen.getByRole('checkbox', { name: 'Sân' }))
  await user.click(screen.getByRole('button', { name: 'Lưu' }))
  await expect.poll(() => closed).toBe(true)
  expect(sent).toEqual({ cameras: ['yard'] })
})
