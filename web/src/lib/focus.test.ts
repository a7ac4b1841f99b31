import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { focusWrongFields, keepFocus } from './focus'

const stops: (() => void)[] = []
beforeEach(() => {
  stops.push(keepFocus(), focusWrongFields())
  document.body.innerHTML =
    '<main id="main"><h1>Alerts</h1><section><button>Take</button></section><form><input name="a"><input name="b"></form></main>'
})
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
  document.body.innerHTML = ''
})

function find(selector: string): HTMLElement {
  const found = document.querySelector<HTMLElement>(selector)
  if (!found) throw new Error(selector)
  return found
}
/** Observers have heard. */
const told = () => new Promise((resolve) => setTimeout(resolve))

describe('the focus', () => {
  it('goes to the surroundings of what went away', async () => {
    find('button').focus()
    find('button').remove()
    await told()
    expect(document.activeElement).toBe(find('section'))
  })

  it('goes to the heading of the new page when the old one went', async () => {
    find('button').focus()
    find('#main').innerHTML = '<h1>Devices</h1>'
    await told()
    expect(document.activeElement).toBe(find('h1'))
  })

  it('goes to the heading of a page that comes later than the old one went', async () => {
    document.body.innerHTML = `<div id="root">${document.body.innerHTML}</div>`
    find('button').focus()
    find('#root').innerHTML = ''
    await told()
    expect(document.activeElement).toBe(document.body)
    find('#root').innerHTML = '<main id="main"><h1>Devices</h1></main>'
    await told()
    expect(document.activeElement).toBe(find('h1'))
  })

  it('goes to the heading of the surroundings where they have one', async () => {
    find('section').insertAdjacentHTML('afterbegin', '<h2>Kho 1</h2>')
    find('button').focus()
    find('button').remove()
    await told()
    expect(document.activeElement).toBe(find('h2'))
  })

  it('goes back to what opened a dialog, however that was closed', async () => {
    find('button').focus()
    document.body.insertAdjacentHTML('beforeend', '<div role="dialog"><p>Sure?</p><input name="c"></div>')
    find('[name=c]').focus()
    find('[role=dialog] p').dispatchEvent(new MouseEvent('pointerdown', { bubbles: true }))
    find('[role=dialog]').remove()
    await told()
    expect(document.activeElement).toBe(find('button'))
  })

  it('stays away when a person clicked beside everything', async () => {
    find('button').focus()
    find('h1').dispatchEvent(new MouseEvent('pointerdown', { bubbles: true }))
    find('button').remove()
    await told()
    expect(document.activeElement).toBe(document.body)
  })

  it('goes to the first wrong field once a form was sent and judged', async () => {
    find('button').focus()
    find('form').dispatchEvent(new SubmitEvent('submit', { bubbles: true, cancelable: true }))
    await told()
    find('[name=b]').setAttribute('aria-invalid', 'true')
    await told()
    expect(document.activeElement).toBe(find('[name=b]'))
  })

  it('goes to a field that was wrong before, unless the person types on at once', async () => {
    find('[name=a]').setAttribute('aria-invalid', 'true')
    find('button').focus()
    find('form').dispatchEvent(new SubmitEvent('submit', { bubbles: true, cancelable: true }))
    await told()
    expect(document.activeElement).toBe(find('[name=a]'))
    find('form').dispatchEvent(new SubmitEvent('submit', { bubbles: true, cancelable: true }))
    find('[name=a]').dispatchEvent(new InputEvent('input', { bubbles: true }))
    find('[name=b]').focus()
    await told()
    expect(document.activeElement).toBe(find('[name=b]'))
  })
})
