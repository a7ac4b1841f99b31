import { lazy, Suspense, useCallback, useEffect, useId, useSyncExternalStore } from 'react'
import { useBlocker } from 'react-router'

/** What would be lost: a form that was not saved, or a secret that is shown only once. */
export type Unsaved = 'form' | 'secret'

const loadDialog = () => import('./UnsavedDialog')
const UnsavedDialog = lazy(loadDialog)

/** A router takes one blocker only, so the forms tell a store, and `UnsavedGuard` in the frame asks. */
const held = new Map<string, Unsaved>()
const listeners = new Set<() => void>()

function set(id: string, what: Unsaved | null): void {
  if (what === null) held.delete(id)
  else held.set(id, what)
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** A secret weighs more than a form: it can never be had again. */
function heaviest(): Unsaved | null {
  const all = [...held.values()]
  return all.includes('secret') ? 'secret' : (all[0] ?? null)
}

/** Whether something would be lost by a reload. */
export function hasUnsaved(): boolean {
  return held.size > 0
}

/** Calls back whenever that may have changed. */
export const onUnsaved = subscribe

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

/** Stands once around the pages that have forms. */
export function UnsavedGuard() {
  const what = useSyncExternalStore(subscribe, heaviest)
  // Looked up at the moment of leaving: a form that saves and goes on in one step has let go by then.
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) =>
      heaviest() !== null && currentLocation.pathname !== nextLocation.pathname,
  )
  useEffect(() => {
    if (what === null) return
    // There before it is asked for, also when the line is lost by then.
    void loadDialog()
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [what])
  const blocked = blocker.state === 'blocked'
  useEffect(() => {
    asking = blocked
    return () => {
      asking = false
    }
  }, [blocked])
  if (!blocked) return null
  return (
    <Suspense>
      <UnsavedDialog what={what ?? 'form'} onStay={blocker.reset} onLeave={blocker.proceed} />
    </Suspense>
  )
}
