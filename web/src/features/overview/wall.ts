/** What a wall display does by itself: it stays awake and turns through the quiet zones. */

import { useEffect, useState } from 'react'

const TURN_MS = 20_000

export function useWakeLock(on: boolean): void {
  useEffect(() => {
    if (!on || !('wakeLock' in navigator)) return
    let lock: WakeLockSentinel | undefined
    const take = () => {
      if (document.hidden) return
      navigator.wakeLock.request('screen').then(
        (sentinel) => (lock = sentinel),
        // Refused on low battery or without HTTPS: the screen may sleep, nothing else is lost.
        () => undefined,
      )
    }
    take()
    document.addEventListener('visibilitychange', take)
    return () => {
      document.removeEventListener('visibilitychange', take)
      void lock?.release()
    }
  }, [on])
}

/** Index of the quiet zone to show now; null off the wall, where all are shown. */
export function useWallTurn(on: boolean, count: number): number | null {
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    if (!on) return
    const timer = setInterval(() => setTurn((last) => last + 1), TURN_MS)
    return () => clearInterval(timer)
  }, [on])
  return on && count > 0 ? turn % count : null
}
