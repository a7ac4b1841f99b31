/** Dates and times as a person types them into the fields of a form, in the site's time zone. */

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

/** `23/11/2025 14:32` by the clock of a site: in every language, and whatever the language of the browser. */
export function toMomentText(ms: number, timezone: string): string {
  const [day = '', time = ''] = new Date(wallClock(ms, timezone)).toISOString().split('T')
  return `${toDayText(day)} ${time.slice(0, 5)}`
}

/** The moment that such a text names; null where it names none. `2025-11-23 14:32` and `23/11/2025 14h32` are read as well. */
export function fromMomentText(text: string, timezone: string): number | null {
  const [date = '', clock = ''] = text.trim().split(/[\sT]+/, 2)
  const [day, time] = [fromDayText(date), fromClockText(clock)]
  return day === '' || time === '' ? null : momentOf(day, time, timezone)
}

/** `2025-11-23`, as addresses have it, as a person reads it: `23/11/2025`; '' of ''. */
export function toDayText(day: string): string {
  return day.split('-').reverse().join('/')
}

/** The day that a text names, as `2025-11-23`; '' where it names none. */
export function fromDayText(text: string): string {
  const [, day = '', month = '', year = ''] = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$/.exec(text.trim()) ?? []
  const iso = year === '' ? text.trim() : `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(iso) ? Date.parse(iso) : NaN
  // 31/02 is no day, though Date makes one of it.
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(iso) ? iso : ''
}

/** `7:05`, `7h05`, `7h` as `07:05`, `07:00`; '' where it is no time of a day. */
export function fromClockText(text: string): string {
  const [, hours = '', minutes = '00'] = /^(\d{1,2})(?:[:h.](\d{2})|h)$/i.exec(text.trim()) ?? []
  return hours === '' || Number(hours) > 23 || Number(minutes) > 59
    ? ''
    : `${hours.padStart(2, '0')}:${minutes}`
}

/**
 * When the site's clock shows a day (`2025-11-23`) and a time (`14:32`).
 *
 * An hour that the change to summer time leaves out is read as the one after it; of one that comes twice, the first.
 */
export function momentOf(day: string, time: string, timezone: string): number {
  const wall = Date.parse(`${day}T${time}Z`)
  const offset = (ms: number) => wallClock(ms, timezone) - ms
  const DAY_MS = 86_400_000
  const tries = [offset(wall - DAY_MS), offset(wall + DAY_MS)].map((each) => wall - each)
  const exact = tries.filter((ms) => wallClock(ms, timezone) === wall)
  return Math.min(...(exact.length > 0 ? exact : [Math.max(...tries)]))
}
