/** Between a moment and what a person types for it, by the clock of the site. */

/** `2026-11-27T22:00`, as a `datetime-local` field has it. */
export function localText(ms: number, zone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(ms)
  const of = (type: Intl.DateTimeFormatPartTypes) => parts.find((part) => part.type === type)?.value ?? ''
  return `${of('year')}-${of('month')}-${of('day')}T${of('hour')}:${of('minute')}`
}

/** The moment at which the site's clock shows this; null where it is no date. Of two such moments the first. */
export function momentOf(text: string, zone: string): number | null {
  const wanted = Date.parse(`${text}Z`)
  if (Number.isNaN(wanted)) return null
  // The offset a day before and a day after: where they differ, the clock is put forward or back in between.
  const moments = [wanted - DAY_MS, wanted + DAY_MS].map((near) => wanted - offsetAt(near, zone))
  return moments.find((ms) => localText(ms, zone) === text) ?? Math.max(...moments)
}

const DAY_MS = 86_400_000

function offsetAt(ms: number, zone: string): number {
  const whole = Math.floor(ms / 60_000) * 60_000
  return Date.parse(`${localText(whole, zone)}Z`) - whole
}
