import { lazy, Suspense, useEffect, useSyncExternalStore } from 'react'
import { useBlocker } from 'react-router'
import { heaviestUnsaved, onUnsaved, setAsking } from './unsaved'

const loadDialog = () => import('./UnsavedDialog')
const UnsavedDialog = lazy(loadDialog)

/** Stands once around the pages that have forms, and asks before what they hold is lost. */
export function UnsavedGuard() {
  const what = useSyncExternalStore(onUnsaved, heaviestUnsaved)
  // Looked up at the moment of leaving: a form that saves and goes on in one step has let go by then.
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) =>
      heaviestUnsaved() !== null && currentLocation.pathname !== nextLocation.pathname,
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
    setAsking(blocked)
    return () => setAsking(false)
  }, [blocked])
  if (!blocked) return null
  return (
    <Suspense>
      <UnsavedDialog what={what ?? 'form'} onStay={blocker.reset} onLeave={blocker.proceed} />
    </Suspense>
  )
}
