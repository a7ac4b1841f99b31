import { screen } from '@testing-library/react'
import { describe, expect, it, vi } from 'vitest'

import { aCamera } from '@/testing/factories'
import { renderPage } from '@/testing/render'

import { arrowTarget, CameraGrid } from './CameraGrid'
import { Player } from './player'

const cameras = ['gate', 'yard', 'barn', 'pond'].map((id) => aCamera({ id, name: id, state: 'offline' }))

function setUp() {
  const onSelect = vi.fn()
  const onOpen = vi.fn()
  const onSize = vi.fn()
  const players = new Map(cameras.map(({ id }) => [id, new Player({ urlOf: () => '' })]))
  const playerOf = ({ id }: { id: string }) => players.get(id) ?? new Player({ urlOf: () => '' })
  const page = (
    <CameraGrid
      cameras={cameras}
      size={4}
      selected="gate"
      playerOf={playerOf}
      onSelect={onSelect}
      onOpen={onOpen}
      onSize={onSize}
    />
  )
  return { onSelect, onOpen, onSize, ...renderPage(page) }
}

describe('the camera grid', () => {
  it('is one stop for Tab, and arrows move inside it', async () => {
    const { user, onSelect } = setUp()
    await user.tab()
    expect(screen.getByRole('button', { name: /^gate/ })).toHaveFocus()
    await user.keyboard('{ArrowRight}')
    expect(onSelect).toHaveBeenLastCalledWith('yard')
    expect(screen.getByRole('button', { name: /^yard/ })).toHaveFocus()
    expect(screen.getAllByRole('button').filter((tile) => tile.tabIndex === 0)).toHaveLength(1)
  })

  it('takes 1, 4 and 9 as the number of tiles', async () => {
    const { user, onSize } = setUp()
    await user.tab()
    await user.keyboard('9')
    expect(onSize).toHaveBeenLastCalledWith(9)
    await user.keyboard('2')
    expect(onSize).toHaveBeenCalledTimes(1)
  })

  it('opens a camera with Enter, and fills the screen with F', async () => {
    const { user, onOpen } = setUp()
    const fill = vi.fn(() => Promise.resolve())
    await user.tab()
    await user.keyboard('{Enter}')
    expect(onOpen).toHaveBeenCalledWith('gate')
    screen.getByRole('button', { name: /^gate/ }).requestFullscreen = fill
    await user.keyboard('f')
    expect(fill).toHaveBeenCalled()
  })

  it('keeps Ctrl and its letters for the browser', async () => {
    const { user, onOpen } = setUp()
    await user.tab()
    await user.keyboard('{Control>}{Enter}{/Control}')
    expect(onOpen).not.toHaveBeenCalled()
  })

  it('stays inside at its edges', () => {
    expect(arrowTarget('ArrowUp', 1, 2, 4)).toBe(1)
    expect(arrowTarget('ArrowDown', 1, 2, 4)).toBe(3)
    expect(arrowTarget('ArrowRight', 3, 2, 4)).toBe(3)
    expect(arrowTarget('End', 0, 2, 4)).toBe(3)
    expect(arrowTarget('x', 2, 2, 4)).toBe(2)
  })
})
