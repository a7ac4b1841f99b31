import { vi } from 'vitest'

/** In place of the browser's observer, which jsdom has not: the test says whether what is watched is on the screen. */
export function stubIntersectionObserver(): { show: (seen: boolean) => void } {
  const watched = new Set<Element>()
  let tell: (entries: { target: Element; isIntersecting: boolean }[]) => void = () => undefined
  class Stub {
    constructor(callback: typeof tell) {
      tell = callback
    }
    observe = (element: Element) => void watched.add(element)
    unobserve = (element: Element) => void watched.delete(element)
  }
  vi.stubGlobal('IntersectionObserver', Stub)
  return { show: (isIntersecting) => tell([...watched].map((target) => ({ target, isIntersecting }))) }
}
