import { screen } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { describe, expect, it } from 'vitest'
import type { Device } from '@/lib/api/types'
import { aDevice } from '@/testing/factories'
import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'
import { useLiveDevices } from './useLiveDevices'

function Page({ shown }: { shown: readonly Device[] }) {
  const live = useLiveDevices('tan-tao', shown)
  return <p>{shown.map(({ id }) => `${id} ${live.get(id)?.name ?? 'unknown'}`).join(', ')}</p>
}

describe('the devices on the page', () => {
  it('are asked for by their ids alone, and once more for the rows that come into view', async () => {
    const asked: (string | null)[] = []
    server.use(
      http.get('*/api/v1/devices', ({ request }) => {
        const ids = new URL(request.url).searchParams.get('ids')
        asked.push(ids)
        return HttpResponse.json(ids?.split(',').map((id) => aDevice({ id, name: `Kho ${id}` })))
      }),
    )
    const { unmount } = renderPage(<Page shown={[aDevice({ id: 'a' }), aDevice({ id: 'b' })]} />)
    expect(await screen.findByText('a Kho a, b Kho b')).toBeVisible()
    expect(asked).toEqual(['a,b'])
    unmount()
    renderPage(<Page shown={[aDevice({ id: 'c' })]} />)
    expect(await screen.findByText('c Kho c')).toBeVisible()
    expect(asked).toEqual(['a,b', 'c'])
  })

  it('are not asked for where there are none', () => {
    renderPage(<Page shown={[]} />)
    // A request that nobody answers would fail this test.
    expect(screen.queryByText('unknown')).toBeNull()
  })

  it('are asked for up to the number that the server takes', async () => {
    let count = 0
    server.use(
      http.get('*/api/v1/devices', ({ request }) => {
        count = new URL(request.url).searchParams.get('ids')?.split(',').length ?? 0
        return HttpResponse.json([])
      }),
    )
    renderPage(<Page shown={Array.from({ length: 1200 }, (_, n) => aDevice({ id: `d${n}` }))} />)
    await expect.poll(() => count).toBe(1000)
  })
})
