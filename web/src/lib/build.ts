/** Which build of the page this is, and whether the server has a newer one. */

import { Listeners } from './listeners'
import { reloadPage } from './reload'
import { hasUnsaved, onUnsaved } from './unsaved'

/** A page that is not well after a reload is not reloaded again at once. */
const RELOADED_AT = 'belvedere.reloadedAt'
const RELOADS_EVERY_MS = 60_000

const listeners = new Listeners()
let newer = false

export const subscribeBuild = listeners.subscribe

/** Whether the page waits for somebody to take over the newer build. */
export function isNewerBuild(): boolean {
  return newer
}

function nameOf(page: Document): string | null {
  return page.querySelector('meta[name="build"]')?.getAttribute('content') ?? null
}

/** The build that the server has; null where it says nothing of it. */
async function readBuild(): Promise<string | null> {
  try {
    const answer = await fetch('/', { cache: 'no-store', credentials: 'same-origin' })
    return answer.ok ? nameOf(new DOMParser().parseFromString(await answer.text(), 'text/html')) : null
  } catch {
    return null
  }
}

export function reload(): void {
  sessionStorage.setItem(RELOADED_AT, String(Date.now()))
  reloadPage()
}

/** By itself only where nobody loses anything. */
function reloadIfUnnoticed(unattended: boolean): void {
  const lately = Date.now() - Number(sessionStorage.getItem(RELOADED_AT) ?? 0) < RELOADS_EVERY_MS
  if (newer && !lately && !hasUnsaved() && (document.hidden || unattended)) reload()
}

/**
 * Asks the server for its build. A newer one is taken over at once where nobody looks and nothing is unsaved, else offered.
 * unattended: a wall display, where nobody could press a button; or a page that cannot go on as it is.
 */
export async function lookForBuild(unattended = false): Promise<void> {
  const here = nameOf(document)
  const there = await readBuild()
  if (here === null || there === null || here === there) return
  newer = true
  listeners.notify()
  reloadIfUnnoticed(unattended)
}

/** For tests: no newer one is known. */
export function forgetBuild(): void {
  newer = false
}

/** After an upgrade an open page asks for pieces that are gone; and a page that was left may take it over. */
export function watchBuild(): void {
  window.addEventListener('vite:preloadError', () => void lookForBuild(true))
  document.addEventListener('visibilitychange', () => reloadIfUnnoticed(false))
  onUnsaved(() => reloadIfUnnoticed(false))
}
