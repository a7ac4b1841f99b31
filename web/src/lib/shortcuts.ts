/** Keys that act from anywhere on a page. Letters are off while somebody types, and where the account turned them off. */

import { useEffect, useRef } from 'react'
import { recall } from './storage'

/** The second key of `g a` comes within this. */
const SECOND_KEY_MS = 1500

export function shortcutsOn(): boolean {
  return recall('shortcuts') !== 'off'
}

function types(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, select, [contenteditable]') !== null
}

/**
 * Calls what `keys` has for a press: `?`, `g a` (one after the other), `mod+k` (Ctrl, or Command on a Mac; also in a field and
 * where letters are off). An open dialog has the keys for itself.
 */
export function useShortcuts(keys: Readonly<Record<string, () => void>>): void {
  const current = useRef(keys)
  useEffect(() => {
    current.current = keys
  }, [keys])
  useEffect(() => {
    let first = ''
    let firstAtMs = 0
    const press = (event: KeyboardEvent) => {
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
      const modified = event.ctrlKey || event.metaKey
      if (event.altKey || event.isComposing || document.querySelector('dialog, [role="dialog"]') !== null)
        return
      if (!modified && (types(event.target) || !shortcutsOn())) return
      const second = event.timeStamp - firstAtMs < SECOND_KEY_MS ? `${first} ${key}` : ''
      const act = modified ? current.current[`mod+${key}`] : (current.current[second] ?? current.current[key])
      first = modified ? '' : key
      firstAtMs = event.timeStamp
      if (!act) return
      first = ''
      // The page's own letters must not hear the second key: `g a` does not acknowledge.
      event.preventDefault()
      event.stopImmediatePropagation()
      act()
    }
    window.addEventListener('keydown', press, true)
    return () => window.removeEventListener('keydown', press, true)
  }, [])
}
