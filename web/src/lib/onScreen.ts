/** Which elements are on the screen; one observer for the whole page. */

import { useEffect, useState, type RefObject } from 'react'

type Tell = (seen: boolean) => void

const watched = new Map<Element, Tell>()
let observer: IntersectionObserver | undefined

function observe(): IntersectionObserver {
  return new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) watched.get(target)?.(isIntersecting)
  })
}

/**
 * Tells whether the element is on the screen, now and whenever that changes. It is always, where the browser cannot say. One
 * watcher an element.
 */
export function watchOnScreen(element: Element | null, tell: Tell): () => void {
  if (!element || typeof IntersectionObserver === 'undefined') {
    tell(true)
    return () => undefined
  }
  observer ??= observe()
  watched.set(element, tell)
  observer.observe(element)
  return () => {
    watched.delete(element)
    observer?.unobserve(element)
  }
}

/** Whether an element is on the screen. */
export function useOnScreen(element: RefObject<Element | null>): boolean {
  const [seen, setSeen] = useState(typeof IntersectionObserver === 'undefined')
  useEffect(() => watchOnScreen(element.current, setSeen), [element])
  return seen
}
