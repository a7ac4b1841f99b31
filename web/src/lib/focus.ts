/** Keeps the focus where the person is: it never falls to the page's body, from where Tab would begin again at the top. */

/** For this long a page may load; who has moved the focus meanwhile keeps it. */
const WAIT_MS = 30_000

const nobody = () => document.activeElement === null || document.activeElement === document.body

function focus(element: Element | null | undefined): boolean {
  if (!(element instanceof HTMLElement)) return false
  element.focus({ preventScroll: true })
  if (document.activeElement === element) return true
  element.tabIndex = -1
  element.focus({ preventScroll: true })
  return document.activeElement === element
}

/** Gives the focus to the first of these as soon as it is there; not when the person has moved on meanwhile. */
export function focusWhenThere(...selectors: readonly string[]): void {
  const from = document.activeElement
  const attempt = () => selectors.some((selector) => focus(document.querySelector(selector)))
  const moved = () => !nobody() && document.activeElement !== from && from?.isConnected === true
  if (attempt()) return
  const observer = new MutationObserver(() => {
    if (moved() || attempt()) observer.disconnect()
  })
  observer.observe(document.body, { subtree: true, childList: true })
  setTimeout(() => observer.disconnect(), WAIT_MS)
}

/** The heading of the page that has just been opened. */
export function focusPage(): void {
  focusWhenThere('#main h1', 'h1')
}

/** The page's main part or what is around it; what the app is drawn in may be empty between two pages. */
function isWholePage(near: Element): boolean {
  return near.matches('#root, #main, body') || near.querySelector('#main, h1') !== null
}

/**
 * When what had the focus goes away, its surroundings get it; after a dialog, what had it before; where all of the page went,
 * the heading of the new one. Returns how to stop.
 */
export function keepFocus(): () => void {
  let path: Element[] = []
  /** In which the focus is. */
  let dialog: Element | undefined
  /** Where the focus was before it went into a dialog, and what is around that. */
  const openers = new WeakMap<Element, Element[]>()
  const remember = (event: FocusEvent) => {
    const before = path
    path = event.composedPath().filter((each): each is Element => each instanceof Element)
    dialog = path.find((each) => each.matches('dialog, [role="dialog"]'))
    if (dialog && !openers.has(dialog)) openers.set(dialog, before)
  }
  // A click beside everything takes the focus away on purpose.
  const forget = (event: PointerEvent) => {
    if (event.target instanceof Node && path[0]?.contains(event.target) !== true) path = []
  }
  const check = () => {
    if (!nobody()) return
    if (dialog?.isConnected === false) {
      path = openers.get(dialog) ?? []
      dialog = undefined
    }
    const [last] = path
    if (!last) return
    if (last.isConnected) {
      // A button that was disabled while it worked is back.
      if (!last.matches(':disabled')) focus(last)
      return
    }
    const near = path.find((each) => each.isConnected)
    path = []
    if (!near || isWholePage(near)) focusPage()
    else focus(near.querySelector('h2, h3') ?? near)
  }
  const observer = new MutationObserver(check)
  observer.observe(document.body, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ['disabled'],
  })
  document.addEventListener('focusin', remember)
  document.addEventListener('pointerdown', forget, true)
  return () => {
    observer.disconnect()
    document.removeEventListener('focusin', remember)
    document.removeEventListener('pointerdown', forget, true)
  }
}

/** After a form was sent, its first wrong field gets the focus, whoever found it wrong. Returns how to stop. */
export function focusWrongFields(): () => void {
  const watch = (event: SubmitEvent) => {
    const form = event.target
    if (!(form instanceof HTMLFormElement)) return
    const go = () => {
      const first = form.querySelector<HTMLElement>('[aria-invalid="true"]')
      if (!first) return false
      if (document.activeElement?.getAttribute('aria-invalid') !== 'true') first.focus()
      return true
    }
    const observer = new MutationObserver(() => {
      if (go()) stop()
    })
    const soon = setTimeout(go) // wrong since before: nothing changes
    const stop = () => {
      observer.disconnect()
      form.removeEventListener('input', stop)
      clearTimeout(soon)
    }
    observer.observe(form, {
      subtree: true,
      attributes: true,
      attributeFilter: ['aria-invalid'],
      childList: true,
    })
    form.addEventListener('input', stop)
    setTimeout(stop, WAIT_MS)
  }
  document.addEventListener('submit', watch)
  return () => document.removeEventListener('submit', watch)
}
