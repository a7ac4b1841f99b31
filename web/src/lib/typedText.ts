/** The text of a search field that asks the server: not with each key. */

import { useEffect, useRef, useState } from 'react'

const TYPED_AFTER_MS = 250

/** onTyped hears of the trimmed text once typing pauses. `clear` empties the field and keeps the focus in it. */
export function useTypedText(initial: string, onTyped: (text: string) => void) {
  const [text, setText] = useState(initial)
  const input = useRef<HTMLInputElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  const type = (typed: string) => {
    setText(typed)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => onTyped(typed.trim()), TYPED_AFTER_MS)
  }
  const clear = () => {
    setText('')
    clearTimeout(timer.current)
    input.current?.focus() // the button that clears goes: the focus must not go with it
  }
  return { text, input, type, clear }
}
