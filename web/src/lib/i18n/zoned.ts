/** Dates as the fields of a form hold them, in the site's time zone. */

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(timezone: string): Intl.DateTimeFormat {
  let format = formats.get(timezone)
  if (!format) {
    const two = '2-digit'
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone: timezone,
      hourCycle: 'h23',
      year: 'numeric',
      month: two,
      day: two,
      hour: two,
      minute: two,
      second: two,
    })
    formats.set(timezone, format)
  }
  return format
}

/** What the clock on the wall shows, as if it were UTC. */
function wallClock(ms: number, timezone: string): number {
  const parts = formatOf(timezone).formatToParts(ms)
  const part = (type: string) => Number(parts.find((each) => each.type === type)?.value ?? 0)
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
}

/** `2025-11-23T14:32`, as `<input type="datetime-local">` wants it. */
export function toLocalInput(ms: number, timezone: string): string {
  return new Date(wallClock(ms, timezone)).toISOString().slice(0, 16)
}

/**
 * The moment that such a field names; null where it is empty.
 *
 * An hour that the change to summer time leaves out is read as the one after it; of one that comes twice, the first.
 */
export function fromLocalInput(text: string, timezone: string): number | null {
  const wall = Date.parse(`${text}Z`)
  if (Number.isNaN(wall)) return null
  const offset = (ms: number) => wallClock(ms, timezone) - ms
  const DAY_MS = 86_400_000
  const tries = [offset(wall - DAY_MS), offset(wall + DAY_MS)].map((each) => wall - each)
  const exact = tries.filter((ms) => wallClock(ms, timezone) === wall)
  return Math.min(...(exact.length > 0 ? exact : [Math.max(...tries)]))
}
