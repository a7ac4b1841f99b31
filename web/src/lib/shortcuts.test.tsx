import { fireEvent, render } from '@testing-library/react'
import { describe, expect, it, vi } from 'vitest'
import { useShortcuts } from './shortcuts'
import { remember } from './storage'

function Page({ keys }: { keys: Record<string, () => void> }) {
  useShortcuts(keys)
  return <input aria-label="Name" />
}

function press(key: string, target: Element = document.body, rest = {}) {
  fireEvent.keyDown(target, { key, ...rest })
}

describe('shortcuts', () => {
  it('take the second of two keys for themselves: `g a` does not acknowledge', () => {
    const [alerts, page] = [vi.fn(), vi.fn()]
    window.addEventListener('keydown', page)
    render(<Page keys={{ 'g a': alerts }} />)
    press('g')
    press('a')
    expect(alerts).toHaveBeenCalledOnce()
    expect(page).toHaveBeenCalledTimes(1)
    press('a')
    expect(alerts).toHaveBeenCalledOnce()
    window.removeEventListener('keydown', page)
  })

  it('leave letters to a field, but not Ctrl K', () => {
    const [slash, search] = [vi.fn(), vi.fn()]
    const { getByLabelText } = render(<Page keys={{ '/': slash, 'mod+k': search }} />)
    press('/', getByLabelText('Name'))
    press('k', getByLabelText('Name'), { ctrlKey: true })
    expect(slash).not.toHaveBeenCalled()
    expect(search).toHaveBeenCalledOnce()
  })

  it('are silent where the account turned letters off', () => {
    const help = vi.fn()
    render(<Page keys={{ '?': help }} />)
    remember('shortcuts', 'off')
    press('?')
    expect(help).not.toHaveBeenCalled()
  })
})
