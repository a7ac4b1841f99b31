/**
 * getComputedStyle without style sheets, which no test loads. jsdom compares each element with each rule of its own sheet,
 * and computes fifteen colours, again after each change of the document: half of what the tests computed.
 */

const computedByJsdom = window.getComputedStyle.bind(window)
const displays = new Map<string, string>()

/** How elements of this name are shown by jsdom's own sheet, an open dialog where it is one. */
function defaultDisplay({ namespaceURI, localName }: Element): string {
  let display = displays.get(localName)
  if (display === undefined) {
    const alike = document.createElementNS(namespaceURI, localName)
    alike.toggleAttribute('open', localName === 'dialog')
    display = computedByJsdom(alike).display
    displays.set(localName, display)
  }
  return display
}

function isLeftOut(element: Element): boolean {
  return (
    element.hasAttribute('hidden') ||
    (element instanceof HTMLInputElement && element.type === 'hidden') ||
    (element instanceof HTMLDialogElement && !element.open)
  )
}

function inlineStyle(element: Element): CSSStyleDeclaration | undefined {
  return element.hasAttribute('style') ? (element as HTMLElement).style : undefined
}

function inherited(element: Element, property: 'visibility' | 'pointer-events', initial: string): string {
  for (let each: Element | null = element; each; each = each.parentElement) {
    const value = inlineStyle(each)?.getPropertyValue(property)
    if (value && value !== 'inherit') return value
  }
  return initial
}

function computed(element: Element, property: string): string {
  switch (property) {
    case 'display':
      return isLeftOut(element) ? 'none' : inlineStyle(element)?.display || defaultDisplay(element)
    case 'visibility':
      return inherited(element, property, 'visible')
    case 'pointer-events':
      return inherited(element, property, 'auto')
    default:
      return inlineStyle(element)?.getPropertyValue(property) ?? ''
  }
}

/** What is written at the element itself, with the display, visibility and pointer events that follow from it. */
export function styleOf(element: Element): CSSStyleDeclaration {
  return new Proxy({} as CSSStyleDeclaration, {
    get: (_, property) => {
      if (typeof property !== 'string') return undefined
      if (property === 'getPropertyValue') return (name: string) => computed(element, name)
      return computed(
        element,
        property.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      )
    },
  })
}
