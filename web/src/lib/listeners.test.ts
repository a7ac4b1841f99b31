import { act, render, screen } from '@testing-library/react'
import { createElement, useSyncExternalStore } from 'react'
import { describe, expect, it, vi } from 'vitest'

import { Listeners } from './listeners'

describe('the listeners of a store', () => {
  it('are told in the order in which they came, with what has happened', () => {
    const listeners = new Listeners<[number]>()
    const told: string[] = []
    listeners.subscribe((n) => told.push(`first ${n}`))
    listeners.subscribe((n) => told.push(`second ${n}`))
    listeners.notify(7)
    expect(told).toEqual(['first 7', 'second 7'])
  })

  it('hear nothing after they have ended their subscription, also when ended twice', () => {
    const listeners = new Listeners()
    const listener = vi.fn()
    const end = listeners.subscribe(listener)
    end()
    end()
    listeners.notify()
    expect(listener).not.toHaveBeenCalled()
    expect(listeners.size).toBe(0)
  })

  it('keep two subscriptions of one function apart', () => {
    const listeners = new Listeners()
    const listener = vi.fn()
    const end = listeners.subscribe(listener)
    listeners.subscribe(listener)
    end()
    listeners.notify()
    expect(listener).toHaveBeenCalledTimes(1)
  })

  it('may come and go while the others are told', () => {
    const listeners = new Listeners()
    const later = vi.fn()
    const gone = vi.fn()
    listeners.subscribe(() => {
      listeners.subscribe(later)
      endGone()
    })
    const endGone = listeners.subscribe(gone)
    listeners.notify()
    expect(later).not.toHaveBeenCalled()
    expect(gone).not.toHaveBeenCalled()
    listeners.notify()
    expect(later).toHaveBeenCalled()
  })

  it('serve React, which draws anew on a change and leaves nothing behind', () => {
    const listeners = new Listeners()
    let value = 'old'
    const Shown = () => useSyncExternalStore(listeners.subscribe, () => value)
    const { unmount } = render(createElement(Shown))
    act(() => {
      value = 'new'
      listeners.notify()
    })
    expect(screen.getByText('new')).toBeVisible()
    unmount()
    expect(listeners.size).toBe(0)
  })
})
