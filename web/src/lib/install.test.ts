import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

describe('the page as an application of its own', () => {
  let page: typeof import('./install')
  let register: () => Promise<unknown>
  const started = vi.fn(() => register())

  beforeEach(async () => {
    vi.resetModules()
    page = await import('./install')
    register = () => Promise.resolve()
    started.mockClear()
    vi.stubGlobal('isSecureContext', true)
    vi.stubGlobal('navigator', { serviceWorker: { register: started } })
  })
  afterEach(() => vi.unstubAllGlobals())

  /** As a browser does that would install it. */
  function offer() {
    const prompt = vi.fn(() => Promise.resolve())
    const event = Object.assign(new Event('beforeinstallprompt', { cancelable: true }), { prompt })
    window.dispatchEvent(event)
    return { prompt, event }
  }

  it('starts the service worker, and leaves it to the browser’s menu while there is no offer', () => {
    page.prepareInstall()
    expect(started).toHaveBeenCalledWith('/sw.js')
    expect(page.installState()).toBe('menu')
  })

  it('keeps the browser’s offer for a click, and makes use of it once', async () => {
    const heard = vi.fn()
    page.subscribeInstall(heard)
    page.prepareInstall()
    const { prompt, event } = offer()
    expect(event.defaultPrevented).toBe(true)
    expect(page.installState()).toBe('offered')
    await page.install()
    await page.install()
    expect(prompt).toHaveBeenCalledTimes(1)
    expect(page.installState()).toBe('menu')
    expect(heard).toHaveBeenCalled()
  })

  it('says that the browser refused the service worker', async () => {
    register = () => Promise.reject(new Error('certificate'))
    page.prepareInstall()
    await expect.poll(() => page.installState()).toBe('refused')
  })

  it('starts nothing where the address is not secure, or the browser has no such thing', () => {
    vi.stubGlobal('navigator', {})
    page.prepareInstall()
    expect(page.installState()).toBe('unsupported')
    vi.stubGlobal('isSecureContext', false)
    page.prepareInstall()
    expect(page.installState()).toBe('insecure')
    expect(started).not.toHaveBeenCalled()
  })

  it('knows that it runs in a window of its own', () => {
    vi.spyOn(window, 'matchMedia').mockReturnValue({ matches: true } as MediaQueryList)
    expect(page.installState()).toBe('installed')
  })
})
