import { screen } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { beforeEach, expect, it } from 'vitest'

import type { RtspToken } from '@/lib/api/types'
import { aCamera, aMe } from '@/testing/factories'
import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'

import { RtspReaders } from './RtspReaders'

const TOKENS = '*/api/v1/cameras/gate/rtsp-tokens'
let tokens: RtspToken[]

function says(rtsp: { port: number; hosts: string[] } | null) {
  server.use(http.get('*/api/v1/server', () => HttpResponse.json({ rtsp })))
}

beforeEach(() => {
  tokens = []
  server.use(
    http.get('*/api/v1/me', () => HttpResponse.json(aMe())),
    http.get(TOKENS, () => HttpResponse.json(tokens)),
    http.post(TOKENS, async ({ request }) => {
      const { name } = (await request.json()) as { name: string }
      tokens = [{ id: 7, name, person: 'charlie', created_at: '2025-11-23T00:00:00Z', last_used_at: null }]
      return HttpResponse.json({ id: 7, name, token: 'bvr_secret' }, { status: 201 })
    }),
  )
})

it('gives an address for a program, lists it, and revokes it', async () => {
  says({ port: 8554, hosts: ['192.168.1.5'] })
  server.use(
    http.delete(`${TOKENS}/7`, () => {
      tokens = []
      return new HttpResponse(null, { status: 204 })
    }),
  )
  const { user } = renderPage(<RtspReaders camera={aCamera({ id: 'gate' })} />)
  await user.type(await screen.findByRole('textbox', { name: 'Phần mềm' }), 'VLC{Enter}')
  expect(await screen.findByText(/^rtsp:\/\/belvedere:bvr_secret@.*:8554\/gate$/)).toBeVisible()
  await user.click(await screen.findByRole('button', { name: 'Thu hồi VLC' }))
  await user.keyboard('{Enter}')
  await expect.poll(() => screen.queryByText('VLC')).toBeNull()
})

it('says what is missing where nothing is served by RTSP', async () => {
  says(null)
  renderPage(<RtspReaders camera={aCamera({ id: 'gate' })} />)
  expect(await screen.findByText(/--media-server mediamtx/)).toBeVisible()
})
