import { screen } from '@testing-library/react'
import { useState } from 'react'
import { Link } from 'react-router'
import { describe, expect, it } from 'vitest'
import { renderPage } from '@/testing/render'
import { useUnsaved, type Unsaved } from './unsaved'
import { UnsavedGuard } from './UnsavedGuard'

function Page({ what }: { what: Unsaved }) {
  const [changed, setChanged] = useState(false)
  useUnsaved(changed, what)
  return (
    <>
      <UnsavedGuard />
      <button type="button" onClick={() => setChanged(true)}>
        change
      </button>
      <button type="button" onClick={() => setChanged(false)}>
        save
      </button>
      <Link to="/elsewhere">go</Link>
    </>
  )
}

function show(what: Unsaved = 'form') {
  return renderPage(<Page what={what} />, { route: '/here' })
}

describe('what is not saved', () => {
  it('lets a page go that changed nothing', async () => {
    const { user, router } = show()
    await user.click(screen.getByText('go'))
    expect(router.state.location.pathname).toBe('/elsewhere')
  })

  it('is asked about before it is lost, and stays where the person wants that', async () => {
    const { user, router } = show()
    await user.click(screen.getByText('change'))
    await user.click(screen.getByText('go'))
    expect(await screen.findByText('Rời trang mà không lưu?')).toBeVisible()
    await user.click(screen.getByRole('button', { name: 'Ở lại' }))
    expect(router.state.location.pathname).toBe('/here')
  })

  it('is given up where the person says so', async () => {
    const { user, router } = show()
    await user.click(screen.getByText('change'))
    await user.click(screen.getByText('go'))
    await user.click(await screen.findByRole('button', { name: 'Rời trang' }))
    await expect.poll(() => router.state.location.pathname).toBe('/elsewhere')
  })

  it('does not ask any more once it is saved', async () => {
    const { user, router } = show()
    await user.click(screen.getByText('change'))
    await user.click(screen.getByText('save'))
    await user.click(screen.getByText('go'))
    expect(router.state.location.pathname).toBe('/elsewhere')
  })

  it('says of a secret that it is shown only once', async () => {
    const { user } = show('secret')
    await user.click(screen.getByText('change'))
    await user.click(screen.getByText('go'))
    expect(await screen.findByRole('button', { name: 'Tôi đã lưu lại' })).toBeVisible()
  })

  it('stops the browser from closing the page', async () => {
    const { user } = show()
    const closes = () => window.dispatchEvent(new Event('beforeunload', { cancelable: true }))
    expect(closes()).toBe(true)
    await user.click(screen.getByText('change'))
    expect(closes()).toBe(false)
  })
})
