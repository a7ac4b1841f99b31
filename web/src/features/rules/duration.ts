/** A duration as people write it: a number and its unit. */

import { t } from '@lingui/core/macro'
import { formatInput, parseNumber } from '@/lib/i18n'

export type Unit = 's' | 'min' | 'h'
export const SECONDS: Readonly<Record<Unit, number>> = { s: 1, min: 60, h: 3600 }
const UNITS: readonly Unit[] = ['h', 'min', 's']

export interface Duration {
  amount: string
  unit: Unit
}

/** In the largest unit that leaves a whole number: 90 s, 5 min, 2 h. */
export function durationOf(seconds: number): Duration {
  const unit = UNITS.find((each) => seconds > 0 && seconds % SECONDS[each] === 0) ?? 's'
  return { amount: formatInput(seconds / SECONDS[unit]), unit }
}

/** In whole seconds; null where the amount is no number. */
export function secondsOf({ amount, unit }: Duration): number | null {
  const value = parseNumber(amount)
  return value === null ? null : Math.round(value * SECONDS[unit])
}

export function unitOptions(): [Unit, string][] {
  return [
    ['s', t`seconds`],
    ['min', t`minutes`],
    ['h', t`hours`],
  ]
}
