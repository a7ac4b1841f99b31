import { act, screen, within } from '@testing-library/react'
import { useState } from 'react'
import { describe, expect, it, vi } from 'vitest'
import type { Alert } from '@/lib/api/types'
import { anAlert, NOW_MS } from '@/testing/factories'
import { renderPage } from '@/testing/render'
import { AlertList } from './AlertList'

const MANY = Array.from({ length: 1000 }, (_, at) =>
  anAlert({ id: 5000 - at, title: `Kho ${at + 1}`, opened_ms: NOW_MS - at, last_seq: 5000 - at }),
)

function show(alerts: readonly Alert[] = MANY, props: Partial<Parameters<typeof AlertList>[0]> = {}) {
  return renderPage(<AlertList alerts={alerts} {...props} />)
}

const log = () => screen.getByRole('log')
/** The n-th alert's, where it is in the document. */
const row = (n: number) => log().querySelector(`[data-alert="${5001 - n}"]`)

describe('a list of a thousand alerts', () => {
  it('holds the rows in view alone, each with its place among all', () => {
    show()
    const rows = within(log()).getAllByRole('listitem')
    expect(rows.length).toBeGreaterThan(9)
    expect(rows.length).toBeLessThan(40)
    expect(rows[2]).toHaveAttribute('aria-posinset', '3')
    expect(rows[2]).toHaveAttribute('aria-setsize', '1000')
  })

  it('is one stop for Tab; the arrows, a page, Home and End move through all of it', async () => {
    const { user } = show()
    await user.tab()
    expect(row(1)).toHaveFocus()
    await user.keyboard('{ArrowDown}')
    expect(row(2)).toHaveFocus()
    await user.keyboard('{End}')
    expect(row(1000)).toHaveFocus()
    await user.keyboard('{PageUp}')
    const reached = 5001 - Number(document.activeElement?.getAttribute('data-alert'))
    expect(reached).toBeGreaterThan(970)
    expect(reached).toBeLessThan(998)
    await user.keyboard('{Home}')
    expect(row(1)).toHaveFocus()
    await user.tab()
    expect(log()).not.toContainElement(document.activeElement as HTMLElement)
  })

  it('keeps the focus on its row when somebody scrolls away from it', async () => {
    const { user } = show()
    await user.tab()
    act(() => log().scrollTo({ top: 40_000 }))
    expect(row(30)).toBeNull()
    expect(row(1)).toHaveFocus()
  })

  it('shows the row of the alert that a link opened', () => {
    show(MANY, { currentId: 4300 })
    expect(row(701)).toHaveAttribute('aria-current', 'true')
    expect(log().scrollTop).toBeGreaterThan(40_000)
  })

  it('gives the focus to the row that the person comes back to', () => {
    show(MANY, { returned: { id: 4300 } })
    expect(row(701)).toHaveFocus()
  })

  it('stays where it is when others come in above, and says how many', () => {
    let add: (more: readonly Alert[]) => void = () => undefined
    function Growing() {
      const [alerts, setAlerts] = useState(MANY)
      add = (more) => setAlerts([...more, ...MANY])
      return <AlertList alerts={alerts} />
    }
    renderPage(<Growing />)
    act(() => log().scrollTo({ top: 4_000 }))
    const seen = within(log()).getAllByRole('listitem').length
    const fresh = [3, 2, 1].map((n) =>
      anAlert({ id: 6000 + n, title: `Mới ${n}`, opened_ms: NOW_MS + n, last_seq: 6000 + n }),
    )
    act(() => add(fresh))
    expect(screen.getByRole('button', { name: '3 cảnh báo mới' })).toBeVisible()
    expect(log().scrollTop).toBeGreaterThan(4_200)
    expect(within(log()).getAllByRole('listitem').length).toBeLessThan(seen + 3)
  })

  it('selects a range whose ends are far apart', async () => {
    const toggle = vi.fn()
    const selection = { ids: new Set<number>(), possible: 1000, toggle, selectAll: vi.fn() }
    const { user } = show(MANY, { selection })
    await user.tab()
    await user.tab()
    expect(row(1)).toHaveFocus()
    await user.keyboard(' ')
    await user.keyboard('{End}')
    await user.keyboard('{Shift>} {/Shift}')
    expect(toggle.mock.calls).toEqual([
      [5000, false],
      [4001, true],
    ])
  })
})
