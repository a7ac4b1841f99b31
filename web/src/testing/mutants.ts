/** As much of a browser as the modules need that Stryker breaks: jsdom would take most of the time of a run. */

const events = new EventTarget()

if (!('window' in globalThis))
  Object.assign(globalThis, {
    window: globalThis,
    location: new URL('http://localhost/'),
    document: Object.assign(new EventTarget(), { hidden: false }),
    addEventListener: events.addEventListener.bind(events),
    removeEventListener: events.removeEventListener.bind(events),
    dispatchEvent: events.dispatchEvent.bind(events),
  })
