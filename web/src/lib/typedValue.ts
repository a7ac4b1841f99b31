/** A field in which a value (a day, a time) is typed as text, in a format that does not depend on the browser's language. */

import { useState } from 'react'

interface Typed {
  value: string
  onChange: (value: string) => void
  /** How a value is shown. */
  toText: (value: string) => string
  /** The value that a text names; '' where it names none. */
  fromText: (text: string) => string
}

/** What the field shows: the text as it was typed, for as long as it means the value. `wrong` once it was left and means none. */
export function useTypedValue({ value, onChange, toText, fromText }: Typed) {
  const [typed, setTyped] = useState<string | null>(null)
  const [left, setLeft] = useState(false)
  const own = typed !== null && fromText(typed) === value ? typed : null
  return {
    text: own ?? toText(value),
    wrong: left && own !== null && own.trim() !== '' && value === '',
    type: (text: string) => {
      setTyped(text)
      setLeft(false)
      if (fromText(text) !== value) onChange(fromText(text))
    },
    leave: () => {
      setLeft(true)
      if (value !== '') setTyped(null)
    },
  }
}
