import { http, HttpResponse } from 'msw'
import { QueryObserver } from '@tanstack/react-query'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { server } from '@/testing/server'
import { waitFor } from '@/testing/waiting'
import { newQueryClient } from '../queryClient'
import { keys } from '../queries/keys'
import { keepListsCurrent } from './lists'
import { LiveSite } from './liveSite'

describe('the lists of a page', () => {
  const queries = newQueryClient()
  let live: LiveSite
  let numbers: { registry_seq: number; presence_seq: number }
  let read: Record<string, number>
  let ends: (() => void)[]
  let down = false

  /** A page that shows this list. */
  function show(name: 'devices' | 'rules' | 'sparklines'): void {
    const observer = new QueryObserver(queries, {
      queryKey: keys[name]('tan-tao'),
      queryFn: () => {
        if (down) throw new Error('nobody answers')
        return (read[name] = (read[name] ?? 0) + 1)
      },
      retry: false,
    })
    ends.push(observer.subscribe(() => undefined))
  }

  beforeEach(() => {
    queries.clear()
    numbers = { registry_seq: 7, presence_seq: 3 }
    read = {}
    let cursor = 0
    server.use(
      http.get('*/api/v1/sites/tan-tao/snapshot', () =>
        HttpResponse.json({
          cursor: `e.${cursor++}`,
          next_poll_ms: 20,
          full: false,
          alerts_seq: 0,
          series: [],
          ...numbers,
        }),
      ),
    )
    live = new LiveSite('tan-tao')
    ends = [keepListsCurrent(live, queries), () => live.poll.stop()]
    show('devices')
    show('rules')
    show('sparklines')
    live.poll.start()
  })

  afterEach(() => {
    for (const end of ends.reverse()) end()
  })

  const polled = () => waitFor(() => expect(queries.getQueryData(keys.numbers('tan-tao'))).toEqual(numbers))

  it('are all read again when the poll names another number of the registry', async () => {
    await polled()
    expect(read).toEqual({ devices: 1, rules: 1, sparklines: 1 })
    numbers = { ...numbers, registry_seq: 8 }
    await waitFor(() => expect(read).toEqual({ devices: 2, rules: 2, sparklines: 1 }))
  })

  it('are read again when the line is back, where they failed meanwhile or come from an earlier page', async () => {
    await polled()
    down = true
    await queries.refetchQueries({ queryKey: keys.rules('tan-tao') })
    expect(queries.getQueryState(keys.rules('tan-tao'))?.status).toBe('error')
    down = false
    queries.setQueryData(keys.devices('tan-tao'), 'kept', { updatedAt: 0 })
    queries.setQueryData(keys.kept('tan-tao'), 'kept')
    live.poll.restore(0)
    await waitFor(() => expect(read).toEqual({ devices: 2, rules: 2, sparklines: 1 }))
    expect(queries.getQueryData(keys.kept('tan-tao'))).toBeUndefined()
  })

  it('are left alone but for the devices where one of those came or went, and that not with each poll', async () => {
    await polled()
    numbers = { ...numbers, presence_seq: 4 }
    await waitFor(() => expect(read['devices']).toBe(2))
    numbers = { ...numbers, presence_seq: 5 }
    await polled()
    numbers = { ...numbers, presence_seq: 6 }
    await polled()
    expect(read).toEqual({ devices: 2, rules: 1, sparklines: 1 })
  })

  it('are read again after a visit to another site where they changed meanwhile', async () => {
    await polled()
    ends.shift()?.()
    live.poll.stop()
    numbers = { ...numbers, registry_seq: 9 }
    const again = new LiveSite('tan-tao')
    ends.push(keepListsCurrent(again, queries), () => again.poll.stop())
    again.poll.start()
    await waitFor(() => expect(read['rules']).toBe(2))
  })
})
