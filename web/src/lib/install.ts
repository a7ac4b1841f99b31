/** The page as an application of its own: the service worker that opens it without a server, and the browser's offer to install it. */

import { Listeners } from './listeners'

export type InstallState =
  /** Runs in a window of its own already. */
  | 'installed'
  /** The browser offers it: `install` may be called from a click. */
  | 'offered'
  /** The browser may do it by its own menu. */
  | 'menu'
  /** Not at this address: no https, no localhost. */
  | 'insecure'
  /** The browser does not trust the server's certificate, or stores nothing. */
  | 'refused'
  | 'unsupported'

/** Not in the DOM's types: only some browsers have it. */
interface InstallPrompt extends Event {
  prompt: () => Promise<unknown>
}

const listeners = new Listeners()
let offer: InstallPrompt | null = null
let refused = false

export const subscribeInstall = listeners.subscribe

export function installState(): InstallState {
  if (window.matchMedia('(display-mode: standalone)').matches) return 'installed'
  if (!window.isSecureContext) return 'insecure'
  if (!('serviceWorker' in navigator)) return 'unsupported'
  if (refused) return 'refused'
  return offer ? 'offered' : 'menu'
}

export async function install(): Promise<void> {
  const offered = offer
  offer = null
  await offered?.prompt()
  listeners.notify()
}

/** Waits for the browser's offer, and starts the service worker once the first page is loaded. */
export function prepareInstall(): void {
  window.addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault()
    offer = event as InstallPrompt
    listeners.notify()
  })
  if (!window.isSecureContext || !('serviceWorker' in navigator)) return
  const start = () => {
    navigator.serviceWorker.register('/sw.js').catch(() => {
      refused = true
      listeners.notify()
    })
  }
  if (document.readyState === 'complete') start()
  else window.addEventListener('load', start)
}
