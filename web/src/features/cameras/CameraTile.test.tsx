import { act, screen } from '@testing-library/react'
import { beforeEach, describe, expect, it } from 'vitest'

import { aCamera } from '@/testing/factories'
import { renderPage } from '@/testing/render'

import { CameraTile } from './CameraTile'
import { Player } from './player'
import { hear } from './sound'

function setUp(has_sound = true) {
  const streams = aCamera().streams.map((each) => ({ ...each, has_sound }))
  const cameras = ['gate', 'yard'].map((id) => aCamera({ id, name: id, streams }))
  const page = cameras.map((camera) => {
    const connect = () => new Promise<never>(() => undefined)
    const player = new Player({ urlOf: () => '', connect })
    return <CameraTile key={camera.id} camera={camera} player={player} />
  })
  const { user, container } = renderPage(<>{page}</>)
  const muted = () => [...container.querySelectorAll('video')].map((video) => video.muted)
  return { user, muted }
}

beforeEach(() => act(() => hear(null)))

describe('the sound of a camera', () => {
  it('is off until somebody presses its button, and one camera sounds at a time', async () => {
    const { user, muted } = setUp()
    expect(muted()).toEqual([true, true])
    const gate = screen.getByRole('button', { name: 'Âm thanh của gate' })
    const yard = screen.getByRole('button', { name: 'Âm thanh của yard' })
    await user.click(gate)
    expect(muted()).toEqual([false, true])
    expect(gate).toHaveAttribute('aria-pressed', 'true')
    await user.click(yard)
    expect(muted()).toEqual([true, false])
    expect(gate).toHaveAttribute('aria-pressed', 'false')
    await user.click(yard)
    expect(muted()).toEqual([true, true])
  })

  it('is switched by M on the tile', async () => {
    const { user, muted } = setUp()
    await user.tab()
    await user.keyboard('m')
    expect(muted()).toEqual([false, true])
  })

  it('has no button where the camera has none', async () => {
    const { user, muted } = setUp(false)
    expect(screen.queryByRole('button', { name: /^Âm thanh/ })).toBeNull()
    await user.tab()
    await user.keyboard('m')
    expect(muted()).toEqual([true, true])
  })
})
