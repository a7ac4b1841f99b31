/** A history of one value a minute. */

import type { History } from '@/lib/api/types'

export const MINUTE = 60_000
export const STALE = 30_000

export function minutes(values: (number | null)[], n = 12): History {
  const kept = values.flatMap((value, i) => (value === null ? [] : [{ value, t: i * MINUTE }]))
  return {
    tier: '1m',
    t: kept.map((row) => row.t),
    avg: kept.map((row) => row.value),
    min: kept.map((row) => row.value - 1),
    max: kept.map((row) => row.value + 1),
    n: kept.map(() => n),
  }
}

export const whole = (count: number) => ({ from: 0, to: count * MINUTE })
