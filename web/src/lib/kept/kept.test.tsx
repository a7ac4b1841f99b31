import { act, render, screen } from '@testing-library/react'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { http, HttpResponse } from 'msw'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { aMe, anAlert, aSeries, NOW_MS } from '@/testing/factories'
import { server } from '@/testing/server'
import type { Me } from '../api/types'
import { forgetServerTime, serverNow } from '../live/clock'
import { LiveSite } from '../live/liveSite'
import { keys, useMeOrKept } from '../queries'
import { signedIn, signedOut } from '../session'
import { keepLastValues } from './keep'
import { restoreKept } from './restore'
import { keepOnlyOf, readKept, writeKept, type Kept } from './store'

const alice = aMe()
const mallory = aMe({ id: 9, username: 'mallory', sites: [] })

function kept(change: Partial<Kept> = {}): Kept {
  return {
    me: alice,
    site: 'tan-tao',
    live: { atMs: NOW_MS, clockOffsetMs: 0, values: [[1, NOW_MS - 4000, 8.6]], alerts: null },
    lists: [[keys.seriesHead('tan-tao'), [aSeries({ id: 1 })]]],
    ...change,
  }
}

/** All that this browser remembers, as one text. */
const memory = () => JSON.stringify(localStorage)

describe('what is kept of a site', () => {
  const queries = new QueryClient()
  let live: LiveSite
  let stop: () => void

  /** The poll was answered at this time by the server's clock. */
  const answered = (atMs: number, value = 8.6) => {
    vi.spyOn(live.poll, 'getState').mockReturnValue({
      ...live.poll.getState(),
      status: 'ok',
      lastOkMs: atMs,
    })
    live.latest.apply({ full: true, series: [[1, atMs - 4000, value]] })
    act(() => live.poll.restore(atMs)) // tells those who listen
  }

  beforeEach(() => {
    live = new LiveSite('tan-tao')
    keepOnlyOf(alice)
    queries.setQueryData(keys.me, alice)
    queries.setQueryData(keys.seriesHead('tan-tao'), [aSeries({ id: 1 })])
    stop = keepLastValues(live, queries)
  })

  afterEach(() => {
    stop()
    queries.clear()
    forgetServerTime()
  })

  it('is what the page showed at the last answer, whole', () => {
    live.alerts.load([anAlert({ id: 3 }), anAlert({ id: 4, state: 'resolved' })])
    answered(NOW_MS)
    const [found] = readKept()
    expect(found?.live).toMatchObject({ atMs: NOW_MS, values: [[1, NOW_MS - 4000, 8.6]] })
    expect(found?.live.alerts?.list.map(({ id }) => id)).toEqual([3])
    expect(found?.me).toEqual(alice)
  })

  it('has the newest values when the page is left, although it is not written with each answer', () => {
    answered(NOW_MS)
    answered(NOW_MS + 5000, 9.1)
    expect(readKept()[0]?.live.values).toEqual([[1, NOW_MS - 4000, 8.6]])
    window.dispatchEvent(new Event('pagehide'))
    expect(readKept()[0]?.live.values).toEqual([[1, NOW_MS + 1000, 9.1]])
  })

  it('has the lists that came after the first answer', () => {
    queries.removeQueries({ queryKey: keys.seriesHead('tan-tao') })
    answered(NOW_MS)
    queries.setQueryData(keys.seriesHead('tan-tao'), [aSeries({ id: 7 })])
    window.dispatchEvent(new Event('pagehide'))
    expect(JSON.stringify(readKept()[0]?.lists)).toContain('"id":7')
  })

  it('has what the site measures, which the pages of rules and of the catalogue ask for', () => {
    const metrics = [{ metric: 'temperature', unit: '°C', kind: 'number', series_count: 2 }]
    queries.setQueryData(keys.siteMetrics('tan-tao'), metrics)
    queries.setQueryData(keys.metrics, [{ metric: 'temperature' }])
    answered(NOW_MS)
    const another = new QueryClient()
    restoreKept(another)
    expect(another.getQueryData(keys.siteMetrics('tan-tao'))).toEqual(metrics)
    expect(another.getQueryData(keys.metrics)).toEqual([{ metric: 'temperature' }])
  })

  it('goes at the sign-out, and a tab that is still open does not bring it back', () => {
    answered(NOW_MS)
    signedOut(new QueryClient())
    answered(NOW_MS + 60_000)
    stop()
    expect(memory()).not.toMatch(/kept|8\.6/)
  })

  it.each([401, 403])('goes for good when the server answers %i', (deniedBy) => {
    answered(NOW_MS)
    const denied = { ...live.poll.getState(), status: 'denied' as const, deniedBy }
    vi.spyOn(live.poll, 'getState').mockReturnValue(denied)
    live.poll.restore(NOW_MS)
    window.dispatchEvent(new Event('pagehide'))
    expect(memory()).not.toMatch(/8\.6/)
    expect(readKept()).toEqual([])
  })

  it('goes when somebody else signs in, and stays for the same person', () => {
    writeKept(kept())
    signedIn(new QueryClient(), alice)
    expect(readKept()).toHaveLength(1)
    signedIn(new QueryClient(), mallory)
    expect(memory()).not.toMatch(/8\.6/)
  })

  it('is of the sites that are still theirs, the last three', () => {
    const sites = ['a', 'b', 'c', 'd'].map((slug) => ({ ...alice.sites[0], slug }) as Me['sites'][number])
    const me = aMe({ sites })
    for (const { slug } of sites) writeKept(kept({ me, site: slug }))
    expect(readKept().map(({ site }) => site)).toEqual(['d', 'c', 'b'])
    keepOnlyOf(aMe({ sites: sites.slice(0, 3) }))
    expect(readKept().map(({ site }) => site)).toEqual(['c', 'b'])
  })

  it('is left alone where it is too large or of another shape', () => {
    writeKept(kept({ lists: [[['site'], 'x'.repeat(1_000_001)]] }))
    expect(readKept()).toEqual([])
    writeKept(kept())
    localStorage.setItem('belvedere.kept.site.tan-tao', '{"shape":0}')
    expect(readKept()).toEqual([])
  })
})

describe('a page that is opened while no server answers', () => {
  afterEach(forgetServerTime)

  it('begins offline, since the last answer, with the values and alerts of then', () => {
    vi.spyOn(Date, 'now').mockReturnValue(NOW_MS + 3_600_000)
    const live = new LiveSite('tan-tao')
    const alerts = { list: [anAlert({ id: 3, series: 1 })], counts: null, completeTo: 1479 }
    live.restore({ ...kept().live, alerts })
    expect(live.getConnection()).toEqual({ kind: 'offline', sinceMs: NOW_MS, retryAtMs: null })
    expect(live.latest.get(1)).toEqual({ tsMs: NOW_MS - 4000, value: 8.6 })
    expect(live.alerts.getView().bySeries.get(1)?.id).toBe(3)
    expect(live.socket.getState().completeTo).toBe(1479)
  })

  it('counts ages on by the clock of the server, and never before the last answer', () => {
    vi.spyOn(Date, 'now').mockReturnValue(NOW_MS + 60_000)
    new LiveSite('a').restore({ ...kept().live, clockOffsetMs: 5000 })
    expect(serverNow()).toBe(NOW_MS + 65_000)
    vi.spyOn(Date, 'now').mockReturnValue(NOW_MS - 86_400_000)
    new LiveSite('b').restore({ ...kept().live, clockOffsetMs: 5000 })
    expect(serverNow()).toBe(NOW_MS)
  })

  it('shows who was here last, asks on, and takes the answer when one comes', async () => {
    keepOnlyOf(alice)
    writeKept(kept())
    server.use(http.get('*/api/v1/me', () => HttpResponse.error()))
    const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } })
    const Name = () => <p>{useMeOrKept().data?.name ?? 'nobody'}</p>
    render(
      <QueryClientProvider client={queries}>
        <Name />
      </QueryClientProvider>,
    )
    expect(await screen.findByText(alice.name)).toBeInTheDocument()
    expect(queries.getQueryData(keys.seriesHead('tan-tao'))).toHaveLength(1)
    server.use(http.get('*/api/v1/me', () => HttpResponse.json(aMe({ name: 'Hạnh' }))))
    await act(() => queries.refetchQueries({ queryKey: keys.me }))
    expect(await screen.findByText('Hạnh')).toBeInTheDocument()
  })

  it('shows nothing of the cache to somebody whom the server refuses', async () => {
    keepOnlyOf(alice)
    writeKept(kept())
    server.use(
      http.get('*/api/v1/me', () => HttpResponse.json({ code: 'not_authenticated' }, { status: 401 })),
    )
    const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } })
    const Name = () => {
      const me = useMeOrKept()
      return <p>{me.data?.name ?? (me.isError ? 'refused' : 'asking')}</p>
    }
    render(
      <QueryClientProvider client={queries}>
        <Name />
      </QueryClientProvider>,
    )
    expect(await screen.findByText('refused')).toBeInTheDocument()
    expect(memory()).not.toMatch(/kept/)
  })

  it('has every list back under its key, old from the first moment', () => {
    keepOnlyOf(alice)
    writeKept(kept())
    const queries = new QueryClient()
    restoreKept(queries)
    expect(queries.getQueryState(keys.seriesHead('tan-tao'))?.dataUpdatedAt).toBe(0)
    expect(queries.getQueryData(keys.oneSeries('tan-tao', 1))).toMatchObject({ id: 1 })
  })
})
