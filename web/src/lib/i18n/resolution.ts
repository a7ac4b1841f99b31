/**
 * How many decimals a series' numbers have: the same on its card, its page, its chart and in its alerts.
 *
 * The owner's choice counts first. Else the unit's usual decimals, and for an unknown unit those that the series' own
 * values were seen with. They only grow while the page is open, so that a value never changes its width and back.
 */

import { decimalsIn, formatFixed, formatPower, withUnit } from './format'

export interface Measured {
  /** The series; null or left out where only the unit is known. */
  id?: number | null
  metric: string
  unit: string
  /** What an owner has set. */
  decimals?: number | null
}

interface Seen {
  /** Most decimals a value came with. */
  decimals: number
  largest: number
  /** What an owner has set, for those who know the series by its id only. */
  chosen: number | null
}

/** More tell nothing on a screen; what needs more is written as a power of ten. */
const MOST_DECIMALS = 5
/** Of an unknown unit: 1013.25 has its decimals, 0.123456789 is noise behind the fifth digit. */
const DIGITS = 5
const USUAL: Record<string, number> = {
  '°C': 1,
  '°F': 1,
  K: 1,
  '%': 1,
  hPa: 1,
  ppm: 0,
  ppb: 0,
  'µg/m³': 0,
  lx: 0,
  V: 1,
  A: 2,
  W: 0,
  kW: 2,
  kWh: 2,
  dBm: 0,
  cm: 1,
  'L/min': 1,
  rpm: 0,
}
const USUAL_BY_METRIC: Record<string, number> = { ph: 2 }

const seen = new Map<number, Seen>()

function seenOf(id: number): Seen {
  let one = seen.get(id)
  if (!one) seen.set(id, (one = { decimals: 0, largest: 0, chosen: null }))
  return one
}

/** Learns from values as they were measured; averages tell nothing of a sensor's steps. */
export function learnValue(id: number, value: number): void {
  const one = seenOf(id)
  one.largest = Math.max(one.largest, Math.abs(value))
  if (!Number.isInteger(value)) one.decimals = Math.max(one.decimals, decimalsIn(value))
}

/** Learns what owners have set, for alerts, which name their series by its id only. */
export function learnSeries(series: Iterable<{ id: number; decimals?: number | null }>): void {
  for (const { id, decimals } of series) seenOf(id).chosen = decimals ?? null
}

/** For tests: forget what was learnt. */
export function forgetResolutions(): void {
  seen.clear()
}

interface Style {
  decimals: number
  power: boolean
}

export function styleOf({ id, metric, unit, decimals }: Measured): Style {
  const known = id == null ? undefined : seen.get(id)
  const chosen = decimals ?? known?.chosen ?? null
  if (chosen !== null) return { decimals: chosen, power: false }
  const { largest = 0, decimals: finest = 0 } = known ?? {}
  // Two digits at least of what is small: 0.02 A is not 0.0 A.
  const first = largest > 0 && largest < 1 ? Math.ceil(-Math.log10(largest) - 1e-12) : 0
  const usual = USUAL_BY_METRIC[metric] ?? USUAL[unit]
  if (first > MOST_DECIMALS - 1) return { decimals: Math.min(2, Math.max(0, finest - first)), power: true }
  if (usual !== undefined) {
    return { decimals: first > 0 ? Math.max(usual, Math.min(finest, first + 1)) : usual, power: false }
  }
  const whole = largest >= 1 ? Math.floor(Math.log10(largest)) + 1 : 1 - first
  return { decimals: Math.min(finest, Math.max(0, DIGITS - whole), MOST_DECIMALS), power: false }
}

/** The value as its series writes it, without its unit. */
export function formatReading(series: Measured, value: number): string {
  const { decimals, power } = styleOf(series)
  if (power && value !== 0) return formatPower(value, decimals, decimals)
  return formatFixed(value, power ? 0 : decimals)
}

/** `−18,0 °C`. */
export function formatMeasured(series: Measured, value: number): string {
  return withUnit(formatReading(series, value), series.unit)
}
