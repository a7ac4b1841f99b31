import { screen, waitFor } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { describe, expect, it, vi } from 'vitest'
import { aSeries } from '@/testing/factories'
import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'
import { ComparePicker } from './ComparePicker'

const mine = aSeries({ id: 1, name: 'Tủ 1' })
const other = aSeries({ id: 2, name: 'Tủ 2' })

function show(chosen: typeof other | null = null) {
  const asked: (string | null)[] = []
  server.use(
    http.get('*/api/v1/sites/:slug/series', ({ request }) => {
      asked.push(new URL(request.url).searchParams.get('q'))
      return HttpResponse.json([mine, other, aSeries({ id: 3, name: 'Tủ 3' })])
    }),
  )
  const onChange = vi.fn()
  const value = chosen && String(chosen.id)
  const page = renderPage(<ComparePicker series={mine} other={chosen} value={value} onChange={onChange} />)
  return { ...page, asked, onChange, field: screen.getByRole('combobox', { name: 'So sánh với' }) }
}

describe('what a chart is compared with', () => {
  it('asks for the series of the site only once it is opened, and offers all but the one on the chart', async () => {
    const { user, asked, field, onChange } = show()
    expect(asked).toEqual([])
    await user.click(field)
    await user.click(await screen.findByRole('option', { name: /^Tủ 2/ }))
    expect(screen.queryByRole('option', { name: /^Tủ 1/ })).toBeNull()
    expect(onChange.mock.calls[0]?.[0]).toBe('2')
  })

  it('offers the same series a day and a week earlier', async () => {
    const { user, field, onChange } = show()
    await user.click(field)
    await user.click(await screen.findByRole('option', { name: 'tuần trước' }))
    expect(onChange.mock.calls[0]?.[0]).toBe('week')
  })

  it('asks for what is typed, and not for the words of what is chosen', async () => {
    const { user, asked, field } = show(other)
    await user.click(field)
    await waitFor(() => expect(asked).toEqual(['']))
    await user.clear(field)
    await user.type(field, 'Tủ 3')
    await waitFor(() => expect(asked.at(-1)).toBe('Tủ 3'))
    expect(asked.filter((words) => words?.includes('Tủ 2'))).toEqual([])
  })
})
