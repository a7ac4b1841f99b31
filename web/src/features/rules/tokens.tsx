/** The pieces of a rule's sentence that can be changed. */

import { t } from '@lingui/core/macro'
import type { ReactNode } from 'react'
import { fromClockText } from '@/lib/i18n'
import { useTypedValue } from '@/lib/typedValue'
import { unitOptions, type Unit } from './duration'
import classes from './RuleSentence.module.css'

/** Where the sentence of what is wrong with a token stands. */
export function errorId(field: string): string {
  return `rule-error-${field}`
}

function wrongness(field: string, wrong: boolean) {
  return wrong ? { 'aria-invalid': true, 'aria-describedby': errorId(field) } : {}
}

interface AmountProps {
  field: string
  label: string
  unit: string
  value: string
  wrong: boolean
  onChange: (value: string) => void
}

export function Amount({ field, label, unit, value, wrong, onChange }: AmountProps) {
  return (
    <span className={classes.amount} data-wrong={wrong || undefined}>
      <NumberField label={unit ? `${label}, ${unit}` : label} {...{ field, value, wrong, onChange }} />
      {unit && <span>{unit}</span>}
    </span>
  )
}

function NumberField({ field, label, value, wrong, onChange }: Omit<AmountProps, 'unit'>) {
  return (
    <input
      aria-label={label}
      {...wrongness(field, wrong)}
      value={value}
      inputMode="decimal"
      autoComplete="off"
      style={{ width: `${Math.max(3, value.length + 1)}ch` }}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}

interface DurationProps {
  field: string
  label: string
  unitLabel: string
  amount: string
  unit: Unit
  wrong: boolean
  onChange: (change: { amount?: string; unit?: Unit }) => void
}

/** `5 minutes`: a number and a unit to choose. */
export function DurationToken(props: DurationProps) {
  const { field, label, unitLabel, amount, unit, wrong, onChange } = props
  return (
    <span className={classes.amount} data-wrong={wrong || undefined}>
      <NumberField
        field={field}
        label={label}
        value={amount}
        wrong={wrong}
        onChange={(value) => onChange({ amount: value })}
      />
      <Pick
        label={unitLabel}
        value={unit}
        options={unitOptions()}
        plain
        onChange={(value) => onChange({ unit: value as Unit })}
      />
    </span>
  )
}

interface PickProps {
  label: string
  value: string
  options: readonly (readonly [value: string, words: string])[]
  onChange: (value: string) => void
  mark?: ReactNode
  tone?: string
  /** Inside another token. */
  plain?: boolean
}

export function Pick({ label, value, options, onChange, mark, tone, plain }: PickProps) {
  const shown = options.find(([each]) => each === value)?.[1] ?? value
  return (
    <span className={classes.pick} data-tone={tone} data-plain={plain || undefined}>
      {mark}
      {/* As wide as what it says: a select alone is as wide as its longest option. */}
      <span className={classes.shown} aria-hidden="true">
        {shown}
      </span>
      <select aria-label={label} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map(([each, words]) => (
          <option key={each} value={each}>
            {words}
          </option>
        ))}
      </select>
    </span>
  )
}

interface ClockTimeProps {
  field: string
  label: string
  value: string
  wrong: boolean
  onChange: (value: string) => void
}

/** `22:00`, typed: a native field would show 10:00 PM in some browsers. '' where no time of a day is typed. */
export function ClockTime({ field, label, value, wrong, onChange }: ClockTimeProps) {
  const typed = useTypedValue({ value, onChange, toText: (time) => time, fromText: fromClockText })
  return (
    <span className={classes.amount} data-wrong={wrong || undefined}>
      <input
        aria-label={label}
        {...wrongness(field, wrong)}
        value={typed.text}
        placeholder={t`hour:minute`}
        autoComplete="off"
        style={{ width: `${Math.max(6, typed.text.length + 1)}ch` }}
        onChange={(event) => typed.type(event.currentTarget.value)}
        onBlur={typed.leave}
      />
    </span>
  )
}
