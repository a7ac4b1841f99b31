import '@testing-library/jest-dom/vitest'
import { cleanup, configure, prettyDOM } from '@testing-library/react'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { forgetResolutions, setZone } from '@/lib/i18n'
import { activateLanguage } from '@/lib/i18n/language'
import { forgetPace } from '@/lib/live/pace'
import { server } from './server'
import { styleOf } from './style'

/** Writes the document down when its message is read, not each time that something is waited for and not there yet. */
class NotFound extends Error {
  override readonly name = 'TestingLibraryElementError'
  private readonly query: string | null
  private readonly container: Element

  constructor(query: string | null, container: Element) {
    super()
    this.query = query
    this.container = container
  }

  override get message() {
    return [this.query, prettyDOM(this.container)].filter(Boolean).join('\n\n')
  }
}

// On a loaded machine a first answer may take seconds.
configure({
  asyncUtilTimeout: 20_000,
  getElementError: (message, container) => new NotFound(message, container),
})

// What jsdom lacks and Mantine asks for.
window.matchMedia = (query) =>
  ({
    matches: false,
    media: query,
    onchange: null,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
    dispatchEvent: () => false,
  }) as unknown as MediaQueryList
window.ResizeObserver = class {
  observe() {
    return undefined
  }
  unobserve() {
    return undefined
  }
  disconnect() {
    return undefined
  }
}
// A dialog of the browser is only open or not.
window.HTMLDialogElement.prototype.showModal = function () {
  this.open = true
}
window.HTMLDialogElement.prototype.close = function () {
  this.open = false
}
// As new browsers do, whatever the DOM types say: an effect that hands the promise to React breaks the page.
window.HTMLElement.prototype.scrollIntoView = () => Promise.resolve() as unknown as undefined

window.getComputedStyle = styleOf

// jsdom lays nothing out: a row has the height of a row, all else that of a screen, and can be scrolled far.
for (const [height, prototype, px] of [
  ['offsetHeight', window.HTMLElement.prototype, 800],
  ['clientHeight', window.Element.prototype, 800],
  ['scrollHeight', window.Element.prototype, 1_000_000],
] as const)
  Object.defineProperty(prototype, height, {
    configurable: true,
    get(this: Element) {
      return this.tagName === 'LI' ? 80 : px
    },
  })
window.HTMLElement.prototype.scrollTo = function (this: HTMLElement, to?: number | ScrollToOptions) {
  if (typeof to === 'object') this.scrollTop = to.top ?? 0
  this.dispatchEvent(new Event('scroll'))
}

const ZONE = 'Asia/Ho_Chi_Minh'

beforeAll(async () => {
  server.listen({ onUnhandledRequest: 'error' })
  await activateLanguage('vi')
  setZone(ZONE)
})
afterEach(async () => {
  cleanup()
  await activateLanguage('vi')
  setZone(ZONE)
  server.resetHandlers()
  localStorage.clear()
  forgetResolutions()
  forgetPace()
})
afterAll(() => server.close())
