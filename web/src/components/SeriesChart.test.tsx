import { screen, within } from '@testing-library/react'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import type { History } from '@/lib/api/types'
import { aSeries, NOW_MS } from '@/testing/factories'
import { renderPage } from '@/testing/render'
import { waitFor } from '@/testing/waiting'

import type { ChartLevel } from './chart/levels'
import type { PlotOptions } from './chart/plot-options'
import { SeriesChart } from './SeriesChart'

/** What the chart had drawn last. */
let drawn: PlotOptions | undefined

/** jsdom has no canvas: the plot is played by one that only knows its cursor and what it was told to draw. */
vi.mock('./chart/series-plot', () => ({
  createSeriesPlot: (_element: HTMLElement, first: PlotOptions) => {
    let options = (drawn = first)
    return {
      update: (next: PlotOptions) => (options = drawn = next),
      setCursor: (index: number | null) => options.onCursor(index, 100, 900),
      resize: () => undefined,
      destroy: () => undefined,
    }
  },
}))

const MINUTE = 60_000
const range = { from: NOW_MS - 20 * MINUTE, to: NOW_MS }
const times = [0, 1, 2, 3, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19].map((i) => range.from + i * MINUTE)
const history: History = {
  tier: '1m',
  t: times,
  avg: times.map((_, i) => i),
  min: times.map((_, i) => i - 1),
  max: times.map((_, i) => i + 1),
  n: times.map(() => 12),
}

beforeEach(() => {
  drawn = undefined
})

function setUp() {
  return renderPage(
    <SeriesChart history={history} range={range} series={aSeries()} label="Nhiệt độ, Kho lạnh 1" />,
  )
}

describe('the chart of a series', () => {
  it('tells in words what it shows, with what was lost', async () => {
    setUp()
    expect(await screen.findByRole('img')).toHaveAccessibleName(
      'Nhiệt độ, Kho lạnh 1: từ −1,0\u00a0°C đến 14,0\u00a0°C, mất dữ liệu 1 lần',
    )
  })

  it('moves its cursor by keyboard: point by point, ten with Shift, away with Escape', async () => {
    const { user } = setUp()
    const cursor = screen.getByRole('slider')
    await vi.dynamicImportSettled()
    cursor.focus()
    await user.keyboard('{ArrowLeft}')
    expect(cursor).toHaveAttribute('aria-valuetext', expect.stringContaining('13,0\u00a0°C'))
    await user.keyboard('{ArrowLeft}')
    expect(cursor).toHaveAttribute('aria-valuetext', expect.stringContaining('11,0 đến 13,0 · 12 số đo'))
    await user.keyboard('{Shift>}{ArrowLeft}{/Shift}')
    expect(cursor).toHaveAttribute('aria-valuetext', expect.stringContaining('2,0\u00a0°C'))
    await user.keyboard('{ArrowRight}{ArrowRight}')
    expect(cursor).toHaveAttribute('aria-valuetext', expect.stringContaining('4,0\u00a0°C'))
    await user.keyboard('{Escape}')
    expect(cursor).toHaveAttribute('aria-valuetext', 'chưa chọn lúc nào')
  })

  it('gives the same points as a table, newest first', async () => {
    const { user } = setUp()
    await user.click(screen.getByText('Xem bảng'))
    const rows = within(await screen.findByRole('table')).getAllByRole('row')
    expect(rows).toHaveLength(times.length + 1)
    expect(rows[1]).toHaveTextContent('23/11/2025 14:31')
    expect(rows[1]).toHaveTextContent('13,0 °C')
  })

  it('goes to the ends by Home and End, and draws what was lost between', async () => {
    const { user } = setUp()
    const cursor = screen.getByRole('slider')
    await vi.dynamicImportSettled()
    cursor.focus()
    await user.keyboard('{Home}')
    expect(cursor).toHaveAttribute('aria-valuetext', expect.stringContaining('−1,0 đến 1,0 · 12 số đo'))
    await user.keyboard('{End}')
    expect(cursor).toHaveAttribute('aria-valuetext', expect.stringContaining('13,0\u00a0°C'))
    expect(drawn?.columns.gaps).toEqual([{ from: range.from + 4 * MINUTE, to: range.from + 10 * MINUTE }])
  })

  it('claims nothing before the first answer, and no gap once that is empty', async () => {
    const chart = (history: History | undefined) => (
      <SeriesChart history={history} range={range} series={aSeries()} label="Nhiệt độ" empty="rỗng" />
    )
    const { unmount } = renderPage(chart(undefined))
    await vi.dynamicImportSettled()
    expect(drawn?.columns.gaps).toEqual([])
    expect(screen.getByRole('img')).toHaveAccessibleName('Nhiệt độ')
    expect(screen.queryByText('rỗng')).not.toBeInTheDocument()
    unmount()
    renderPage(chart({ tier: 'raw', t: [], v: [] }))
    await vi.dynamicImportSettled()
    await waitFor(() => expect(drawn?.columns.before).toEqual(range))
    expect(drawn?.columns.gaps).toEqual([])
    expect(screen.getByRole('img')).toHaveAccessibleName('Nhiệt độ: không có số đo trong khoảng này')
    expect(screen.getByText('rỗng')).toBeInTheDocument()
  })

  it('says that a limit was passed though the line stays below it', async () => {
    const levels: ChartLevel[] = [
      { value: 13.5, kind: 'raise', side: 'above' },
      { value: 12, kind: 'clear', side: 'above' },
      { value: -1, kind: 'raise', side: 'below' },
    ]
    renderPage(
      <SeriesChart history={history} range={range} series={aSeries()} levels={levels} label="Kho 1" />,
    )
    expect(await screen.findByRole('img')).toHaveAccessibleName(
      'Kho 1: từ −1,0\u00a0°C đến 14,0\u00a0°C, có lúc trên 13,5\u00a0°C, mất dữ liệu 1 lần',
    )
  })

  it('zooms at its cursor and goes back in time by keys', async () => {
    const onRange = vi.fn()
    const old = { from: range.from - 600 * MINUTE, to: range.to - 600 * MINUTE }
    const { user } = renderPage(
      <SeriesChart history={history} range={old} series={aSeries()} label="Kho 1" onRange={onRange} />,
    )
    await vi.dynamicImportSettled()
    screen.getByRole('slider').focus()
    await user.keyboard('+')
    expect(onRange).toHaveBeenLastCalledWith({ from: old.to - 10 * MINUTE, to: old.to })
    await user.keyboard('{PageUp}')
    expect(onRange).toHaveBeenLastCalledWith({ from: old.from - 10 * MINUTE, to: old.to - 10 * MINUTE })
  })
})
