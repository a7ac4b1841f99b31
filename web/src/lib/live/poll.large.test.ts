import { beforeEach, describe, expect, it } from 'vitest'
import { brings, setUpPoll } from '@/testing/poll'

/** Cards of one page come together. */
const TOGETHER_MS = 100

describe('the poll of a site that has too many series', () => {
  const { page, server, isSilent, pass } = setUpPoll()
  const wanted = () => server.asked.at(-1)?.url.searchParams.get('series')
  const since = () => server.asked.at(-1)?.url.searchParams.get('since')

  beforeEach(async () => {
    server.answer = brings({ partial: true, series: [] }, { headers: { ETag: '"e.1"' } })
    page.watched = [20, 3]
    page.poll.start()
    await pass(0)
    server.answer = brings({ cursor: 'e.2' }, { headers: { ETag: '"e.2"' } })
  })

  it('asks at once for the series on the screen, in order, from the beginning', async () => {
    expect(server.asked[0]?.url.search).toBe('?most=500')
    expect(page.parts).toEqual([false])
    await pass(TOGETHER_MS - 1)
    expect(server.asked).toHaveLength(1)
    await pass(1)
    expect(server.asked[1]?.url.search).toBe('?series=3%2C20')
    expect(server.asked[1]?.headers.get('If-None-Match')).toBeNull()
    expect(page.parts).toEqual([false, true])
  })

  it('asks for what changed of them while they stay the same', async () => {
    await pass(TOGETHER_MS)
    server.answer = brings({ cursor: 'e.3', full: false })
    await pass(5000)
    expect([wanted(), since()]).toEqual(['3,20', 'e.2'])
    expect(server.asked.at(-1)?.headers.get('If-None-Match')).toBe('"e.2"')
  })

  it('asks for others soon, once for all that come together, and from the beginning', async () => {
    await pass(TOGETHER_MS)
    page.watched = [20, 3, 100]
    page.poll.watchChanged()
    await pass(TOGETHER_MS / 2)
    page.poll.watchChanged()
    await pass(TOGETHER_MS / 2)
    expect(server.asked).toHaveLength(3)
    expect([wanted(), since()]).toEqual(['3,20,100', null])
    expect(server.asked.at(-1)?.headers.get('If-None-Match')).toBeNull()
    await pass(TOGETHER_MS)
    expect(server.asked).toHaveLength(3)
  })

  it('waits with others for the answer that is under way', async () => {
    server.answer = isSilent
    await pass(TOGETHER_MS)
    page.watched = [7]
    page.poll.watchChanged()
    await pass(3 * TOGETHER_MS)
    expect(server.asked).toHaveLength(2)
    server.answer = brings({ cursor: 'e.2' })
    await pass(8000 - 3 * TOGETHER_MS)
    await pass(TOGETHER_MS)
    expect(wanted()).toBe('7')
  })

  it('asks for no series where none is on the screen, and for 500 at most', async () => {
    page.watched = []
    await pass(TOGETHER_MS)
    expect(wanted()).toBe('0')
    page.watched = Array.from({ length: 600 }, (_, index) => index + 1)
    page.poll.watchChanged()
    await pass(TOGETHER_MS)
    expect(wanted()?.split(',')).toHaveLength(500)
  })

  it('asks for nothing more once it is stopped', async () => {
    page.poll.stop()
    page.poll.watchChanged()
    await pass(10_000)
    expect(server.asked).toHaveLength(1)
  })
})

describe('the poll of other sites', () => {
  const { page, server, pass } = setUpPoll()

  it('does not ask anew for a card that comes into view', async () => {
    page.poll.start()
    await pass(0)
    page.watched = [1]
    page.poll.watchChanged()
    await pass(4999)
    expect(server.asked).toHaveLength(1)
    expect(page.parts).toEqual([false])
  })

  it('begins as one that fails where the page has older values', () => {
    page.poll.restore(900_000)
    expect(page.poll.getState()).toMatchObject({
      status: 'failing',
      lastOkMs: 900_000,
      failingSinceMs: 900_000,
    })
  })
})
