import { t } from '@lingui/core/macro'
import type { KeyboardEvent } from 'react'

interface Props<Name extends string> {
  names: readonly Name[]
  /** Null: none of them. */
  value: Name | null
  onChange: (name: Name) => void
}

function rangeWord(name: string): string {
  const words: Record<string, string> = {
    '1h': t`1 h`,
    '6h': t`6 h`,
    '24h': t`24 h`,
    '7d': t`7 days`,
    '30d': t`30 days`,
    '1y': t`1 year`,
  }
  return words[name] ?? name
}

/** A radio group: arrows choose, Tab passes. */
export function RangePicker<Name extends string>({ names, value, onChange }: Props<Name>) {
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key]
    if (by === undefined) return
    event.preventDefault()
    const at = value === null ? (by > 0 ? -1 : 0) : names.indexOf(value)
    const next = names[(at + by + names.length) % names.length]
    if (next === undefined) return
    onChange(next)
    event.currentTarget.querySelectorAll('button')[names.indexOf(next)]?.focus()
  }
  return (
    <div className="seg" role="radiogroup" aria-label={t`Time range`} tabIndex={-1} onKeyDown={onKeyDown}>
      {names.map((name) => (
        <button
          key={name}
          type="button"
          role="radio"
          aria-checked={name === value}
          tabIndex={name === (value ?? names[0]) ? 0 : -1}
          onClick={() => onChange(name)}
        >
          {rangeWord(name)}
        </button>
      ))}
    </div>
  )
}
