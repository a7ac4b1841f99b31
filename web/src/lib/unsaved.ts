/** What would be lost if the page were left now: the forms tell it here, and `UnsavedGuard` in the frame asks. */

import { useCallback, useEffect, useId } from 'react'
import { Listeners } from './listeners'

/** A form that was not saved, or a secret that is shown only once. */
export type Unsaved = 'form' | 'secret'

/** A router takes one blocker only: hence one store of what all forms hold. */
const held = new Map<string, Unsaved>()
const listeners = new Listeners()

function set(id: string, what: Unsaved | null): void {
  if (what === null) held.delete(id)
  else held.set(id, what)
  listeners.notify()
}

/** A secret weighs more than a form: it can never be had again. */
export function heaviestUnsaved(): Unsaved | null {
  const all = [...held.values()]
  return all.includes('secret') ? 'secret' : (all[0] ?? null)
}

/** Whether something would be lost by a reload. */
export function hasUnsaved(): boolean {
  return held.size > 0
}

/** Calls back whenever that may have changed. */
export const onUnsaved = listeners.subscribe

/**
 * Asks before the page is left for another one, or closed, while there is something to lose. The returned function lets go
 * of it at once, for who leaves in the same turn.
 */
export function useUnsaved(losing: boolean, what: Unsaved = 'form'): () => void {
  const id = useId()
  useEffect(() => {
    set(id, losing ? what : null)
    return () => set(id, null)
  }, [id, losing, what])
  return useCallback(() => set(id, null), [id])
}

let asking = false

/** Whether the page asks already: the Escape that answers is heard by the dialog below as well. */
export function isAsking(): boolean {
  return asking
}

export function setAsking(now: boolean): void {
  asking = now
}
