import { screen, waitFor, within } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import type { Series } from '@/lib/api/types'
import { aMetric, aSeries } from '@/testing/factories'
import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'

import { SeriesDialog } from './SeriesDialog'

/** What the server of this test has, and the tag and body of each edit it was sent. */
let stored: Series
let edits: { tag: string | null; body: Record<string, unknown> }[]

beforeEach(() => {
  stored = aSeries({ id: 7, metric: 'temp_1', name: 'Temp 1', unit: '', version: 3 })
  edits = []
  server.use(
    http.get('*/api/v1/metrics', () => HttpResponse.json([aMetric()])),
    http.get('*/api/v1/rules', () => HttpResponse.json([])),
    http.get('*/api/v1/units', ({ request }) =>
      HttpResponse.json(
        new URL(request.url).searchParams.get('q') === 'nhiệt'
          ? [
              {
                symbol: '°C',
                ucum: 'Cel',
                name_vi: 'độ Celsius',
                name_en: 'degree Celsius',
                quantity_vi: 'nhiệt độ',
                quantity_en: 'temperature',
              },
            ]
          : [],
      ),
    ),
    http.get('*/api/v1/sites/:slug/audit', () =>
      HttpResponse.json({
        entries: [
          { id: 2, at: '', kind: 'device.series_changed', who: 'An', subject: '', data: { id: 8 } },
          { id: 1, at: '', kind: 'device.series_changed', who: 'Bình', subject: '', data: { id: 7 } },
        ],
        next: null,
      }),
    ),
    http.get('*/api/v1/series/7', () => HttpResponse.json(stored)),
    http.patch('*/api/v1/series/7', async ({ request }) => {
      const tag = request.headers.get('If-Match')
      edits.push({ tag, body: (await request.json()) as Record<string, unknown> })
      if (tag !== `"${stored.version}"`)
        return HttpResponse.json({ code: 'conflict', detail: 'Changed.' }, { status: 412 })
      return HttpResponse.json(stored)
    }),
  )
})

function open() {
  const onClose = vi.fn()
  return { onClose, ...renderPage(<SeriesDialog series={stored} onClose={onClose} />) }
}

describe('the dialog about a series', { timeout: 90_000 }, () => {
  it('finds a unit by the name of its quantity and saves it with the name', async () => {
    const { user, onClose } = open()
    await user.click(await screen.findByLabelText('Tên'))
    await user.paste('Tủ đông')
    await user.click(screen.getByLabelText('Đơn vị', { selector: 'input' }))
    await user.paste('nhiệt')
    await user.click(await screen.findByText('độ Celsius · nhiệt độ'))
    await user.click(screen.getByRole('button', { name: 'Lưu' }))
    await waitFor(() => expect(onClose).toHaveBeenCalledTimes(1))
    expect(edits).toMatchObject([
      { tag: '"3"', body: { name: 'Tủ đông', unit: '°C', freshness_seconds: null } },
    ])
  })

  it('tells what somebody else saved meanwhile, and saves mine over it only when asked to', async () => {
    const { user, onClose } = open()
    await user.click(await screen.findByLabelText('Tên'))
    await user.paste('Tủ đông')
    stored = { ...stored, own_name: 'Tủ mát', version: 4 }
    await user.click(screen.getByRole('button', { name: 'Lưu' }))
    const row = within(await screen.findByRole('row', { name: /Tủ mát/ }))
    expect(row.getByText('Tủ đông')).toBeVisible()
    expect(await screen.findByText('Bình đã lưu thay đổi trong lúc bạn sửa.')).toBeVisible()
    expect(onClose).not.toHaveBeenCalled()
    await user.click(screen.getByRole('button', { name: 'Lưu bản của tôi' }))
    await waitFor(() => expect(onClose).toHaveBeenCalledTimes(1))
    expect(edits.map(({ tag }) => tag)).toEqual(['"3"', '"4"'])
  })

  it('takes what is on the server where that is wished, and goes on from there', async () => {
    const { user } = open()
    await user.click(await screen.findByLabelText('Tên'))
    await user.paste('Tủ đông')
    stored = { ...stored, own_name: 'Tủ mát', version: 4 }
    await user.click(screen.getByRole('button', { name: 'Lưu' }))
    await user.click(await screen.findByRole('button', { name: 'Lấy bản trên máy chủ' }))
    expect(screen.getByLabelText('Tên')).toHaveValue('Tủ mát')
    await user.click(screen.getByLabelText('Tên'))
    await user.paste(' 2')
    await user.click(screen.getByRole('button', { name: 'Lưu' }))
    await waitFor(() => expect(edits.at(-1)).toMatchObject({ tag: '"4"', body: { name: 'Tủ mát 2' } }))
  })

  it('asks before unsaved changes are lost', async () => {
    const { user, onClose } = open()
    await user.click(await screen.findByLabelText('Tên'))
    await user.paste('x')
    await user.keyboard('{Escape}')
    expect(onClose).not.toHaveBeenCalled()
    expect(screen.getByRole('button', { name: 'Ở lại' })).toHaveFocus()
    await user.click(screen.getByRole('button', { name: 'Bỏ thay đổi' }))
    expect(onClose).toHaveBeenCalledTimes(1)
  })

  it('offers two states for an unknown metric and says what they mean, a known one keeps its kind', async () => {
    const { user, unmount } = open()
    await user.click(await screen.findByRole('combobox', { name: 'Loại' }))
    await user.click(await screen.findByText('Hai trạng thái: 1 và 0'))
    expect(screen.getByText(/Từ nay chỉ nhận 1 và 0/)).toBeVisible()
    await user.click(screen.getByLabelText('Từ cho 1'))
    await user.paste('Mở toang')
    await user.click(screen.getByRole('button', { name: 'Lưu' }))
    await waitFor(() => expect(edits.at(-1)).toMatchObject({ body: { kind: 'binary', on_word: 'Mở toang' } }))
    unmount()
    renderPage(<SeriesDialog series={aSeries({ metric: 'temperature' })} onClose={() => undefined} />)
    await screen.findByLabelText('Tên')
    expect(screen.queryByRole('combobox', { name: 'Loại' })).toBeNull()
  })
})
