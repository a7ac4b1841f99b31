/** Which camera is heard: one at a time, until the page is loaded anew. Browsers begin every page silent. */

import { useSyncExternalStore } from 'react'

import { Listeners } from '@/lib/listeners'

let heard: string | null = null
const listeners = new Listeners()

/** Null for none. */
export function hear(cameraId: string | null): void {
  heard = cameraId
  listeners.notify()
}

export function useHeard(cameraId: string): boolean {
  return useSyncExternalStore(listeners.subscribe, () => heard === cameraId)
}
