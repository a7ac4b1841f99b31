/** What the chart draws, worked out of the history API's columns. Times in ms since 1970. */

import type { History } from '@/lib/api/types'

export type Point = readonly [tsMs: number, value: number]

type RawHistory = Extract<History, { v: number[] }>

/** One point of either kind of history. */
interface Row {
  t: number
  min: number
  max: number
  avg: number
  n: number
}

function isRaw(history: History): history is RawHistory {
  return history.tier === 'raw'
}

function rowsOf(history: History): Row[] {
  if (isRaw(history)) {
    return history.t.map((t, i) => {
      const value = history.v[i] ?? NaN
      return { t, min: value, max: value, avg: value, n: 1 }
    })
  }
  const { t: times, min, max, avg, n } = history
  return times.flatMap((t, i) => {
    const mean = avg[i] ?? null
    return mean === null ? [] : [{ t, min: min[i] ?? mean, max: max[i] ?? mean, avg: mean, n: n[i] ?? 1 }]
  })
}

export interface Span {
  from: number
  to: number
}

/** Columns as uPlot wants them: one x, then lines of the same length with null where the line must break. */
export interface Columns {
  t: number[]
  min: (number | null)[]
  max: (number | null)[]
  avg: (number | null)[]
  n: (number | null)[]
  /** Without data, between data. */
  gaps: Span[]
  /** The part of the range before the first reading ever; not a loss. */
  before: Span | null
  /** The part after the newest reading. */
  after: Span | null
  /** Width of a bucket; 0 for raw readings. */
  bucketMs: number
}

export interface Range {
  from: number
  to: number
}

/** What is known of the series beyond the range; left out: nothing, so that there is none. */
export interface Known {
  firstMs?: number | null
  lastMs?: number | null
}

const NO_COLUMNS: Columns = {
  t: [],
  min: [],
  max: [],
  avg: [],
  n: [],
  gaps: [],
  before: null,
  after: null,
  bucketMs: 0,
}

/** So many points may be missing before the line breaks. */
const POINTS_IN_A_GAP = 3

/** The median; of two the lower one: a pause between few readings is no rhythm. */
export function middle(values: readonly number[]): number {
  if (values.length === 0) return 0
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[(sorted.length - 1) >> 1] ?? 0
}

/**
 * Aligned columns with a null row inside each gap.
 *
 * staleMs: the age past which a value no longer stands for the present (three budgets). A line is never drawn across
 * more than that. What is without data at an end of the range is a gap only if there is data beyond it.
 */
export function toColumns(history: History, range: Range, staleMs: number, known: Known = {}): Columns {
  const rows = rowsOf(history)
  const first = rows[0]
  if (!first) return { ...NO_COLUMNS, ...emptyRange(range, known) }
  const bucketMs = isRaw(history) ? 0 : bucketWidth(history.t)
  const limitMs = Math.max(staleMs, POINTS_IN_A_GAP * bucketWidth(history.t))
  const columns: Columns = { ...NO_COLUMNS, t: [], min: [], max: [], avg: [], n: [], gaps: [], bucketMs }
  if (first.t - range.from > limitMs) {
    const lead = { from: range.from, to: first.t }
    if (known.firstMs != null && known.firstMs < range.from) columns.gaps.push(lead)
    // A bucket begins before the first reading in it.
    else columns.before = { ...lead, to: Math.max(first.t, known.firstMs ?? first.t) }
  }
  let end = first.t
  for (const row of rows) {
    if (row.t - end > limitMs - bucketMs) {
      columns.gaps.push({ from: end, to: row.t })
      push(columns, { t: end + (row.t - end) / 2, min: null, max: null, avg: null, n: null })
    }
    push(columns, row)
    end = row.t + bucketMs
  }
  if (range.to - end > limitMs) {
    const rest = { from: end, to: range.to }
    if (known.lastMs != null && known.lastMs > range.to) columns.gaps.push(rest)
    else columns.after = rest
  }
  return columns
}

function emptyRange(range: Range, { firstMs, lastMs }: Known): Pick<Columns, 'gaps' | 'before' | 'after'> {
  if (firstMs == null || firstMs >= range.to) return { gaps: [], before: range, after: null }
  if (lastMs != null && lastMs > range.to) return { gaps: [range], before: null, after: null }
  return { gaps: [], before: null, after: range }
}

function push(columns: Columns, row: { [key in keyof Row]: key extends 't' ? number : number | null }): void {
  columns.t.push(row.t)
  columns.min.push(row.min)
  columns.max.push(row.max)
  columns.avg.push(row.avg)
  columns.n.push(row.n)
}

function distances(times: readonly number[]): number[] {
  return times.slice(1).map((t, i) => t - (times[i] ?? t))
}

function bucketWidth(times: readonly number[]): number {
  return middle(distances(times))
}

/**
 * Adds polled readings, so that the chart's right end is the value in the title.
 *
 * knownUntil: the newest reading that the history itself holds; older ones of the tail are in it already. Into a tier
 * they go as into its buckets: the last one grows, then new ones of the same width follow.
 */
export function withTail(history: History, tail: readonly Point[], knownUntil: number): History {
  const fresh = tail.filter(([ts]) => ts > knownUntil)
  if (fresh.length === 0) return history
  if (isRaw(history)) {
    return {
      tier: 'raw',
      t: [...history.t, ...fresh.map(([t]) => t)],
      v: [...history.v, ...fresh.map(([, value]) => value)],
    }
  }
  const rows = rowsOf(history)
  const bucketMs = Math.max(bucketWidth(history.t), 1)
  for (const [ts, value] of fresh) {
    const last = rows.at(-1)
    const steps = last ? Math.floor((ts - last.t) / bucketMs) : 0
    if (last && steps === 0) {
      last.n += 1
      last.min = Math.min(last.min, value)
      last.max = Math.max(last.max, value)
      last.avg += (value - last.avg) / last.n
    } else {
      rows.push({ t: last ? last.t + steps * bucketMs : ts, min: value, max: value, avg: value, n: 1 })
    }
  }
  const column = (key: keyof Row) => rows.map((row) => row[key])
  return {
    tier: history.tier,
    t: column('t'),
    min: column('min'),
    max: column('max'),
    avg: column('avg'),
    n: column('n'),
  }
}

export interface Level {
  value: number
  side: 'above' | 'below'
}

/** The lowest and highest value drawn; null where none is. */
export function extremes(columns: Columns): { low: number; high: number } | null {
  let low = Infinity
  let high = -Infinity
  for (const row of drawnRows(columns)) {
    low = Math.min(low, row.min)
    high = Math.max(high, row.max)
  }
  return low <= high ? { low, high } : null
}

/** Whether a drawn point reaches beyond the level, be it with one reading of its bucket. */
export function isBeyond(row: { min: number; max: number }, level: Level): boolean {
  return level.side === 'above' ? row.max > level.value : row.min < level.value
}

/** The points without the breaks, with their place in the columns. */
export function drawnRows(columns: Columns): (Row & { index: number })[] {
  return columns.t.flatMap((t, index) => {
    const avg = columns.avg[index] ?? null
    if (avg === null) return []
    return [
      {
        t,
        avg,
        min: columns.min[index] ?? avg,
        max: columns.max[index] ?? avg,
        n: columns.n[index] ?? 1,
        index,
      },
    ]
  })
}

/** none: lost; before: not begun yet. */
export type Freshness = 'fresh' | 'late' | 'none' | 'before'

/** At least this part of the readings due must have come for a slot to count as fresh. */
const FRESH_SHARE = 0.8

/**
 * How old the line was, slot by slot, under the same time axis.
 *
 * budgetMs: the age up to which a value counts as fresh. A slot is as good as the readings that came against those due
 * once a budget; nothing at all is `none`.
 */
export function ribbon(columns: Columns, range: Range, budgetMs: number, slots = 96): Freshness[] {
  const width = (range.to - range.from) / slots
  const counts = new Array<number>(slots).fill(0)
  const rows = drawnRows(columns)
  for (const row of rows) spread(counts, row.t - range.from, Math.max(columns.bucketMs, 1), row.n, width)
  const due = width / Math.max(budgetMs, 1)
  const sparse = Math.max(columns.bucketMs, middle(distances(rows.map((row) => row.t))), budgetMs) > width
  const before = columns.before?.to ?? -Infinity
  return counts.map((count, slot): Freshness => {
    const from = range.from + slot * width
    if (from + width / 2 < before) return 'before'
    if (sparse ? !isCovered(columns, from, width) : count === 0) return 'none'
    return sparse || count >= due * FRESH_SHARE ? 'fresh' : 'late'
  })
}

function isCovered(columns: Columns, from: number, width: number): boolean {
  const middleMs = from + width / 2
  const inside = (span: Span | null) => span !== null && span.from <= middleMs && middleMs < span.to
  return (
    columns.t.length > 0 && !inside(columns.before) && !inside(columns.after) && !columns.gaps.some(inside)
  )
}

/** A bucket wider than a slot, or across two, gives each its part. */
function spread(counts: number[], from: number, widthMs: number, n: number, slotMs: number): void {
  const first = Math.max(0, Math.floor(from / slotMs))
  const last = Math.min(counts.length - 1, Math.floor((from + widthMs - 1) / slotMs))
  for (let slot = first; slot <= last; slot++) {
    const overlap = Math.min(from + widthMs, (slot + 1) * slotMs) - Math.max(from, slot * slotMs)
    counts[slot] = (counts[slot] ?? 0) + (n * overlap) / widthMs
  }
}

/** The smallest and largest value that the picture must show, with room above and below. others: drawn in it as well. */
export function valueRange(
  columns: Columns,
  levels: readonly number[],
  others: readonly number[] = [],
): [number, number] {
  const drawn = extremes(columns)
  let low = Math.min(...others, drawn?.low ?? Infinity)
  let high = Math.max(...others, drawn?.high ?? -Infinity)
  if (low > high) return [0, 1]
  const spanned = high - low
  const size = Math.max(Math.abs(low), Math.abs(high))
  // A level far outside the data would press the line flat: it is drawn only when it is within reach.
  const reach = Math.max(spanned * 1.5, size * 0.25, size === 0 || size >= 0.01 ? 1 : 0)
  for (const level of levels) {
    if (level > high && level - high <= reach) high = level
    if (level < low && low - level <= reach) low = level
  }
  const margin = (high - low) * 0.12 || size * 0.1 || 0.5
  return [low - margin, high + margin]
}

/** Moves the cursor by so many drawn points; starts at the newest when there is no cursor yet. */
export function moveCursor(columns: Columns, index: number | null, by: number): number | null {
  const drawn = drawnRows(columns).map((row) => row.index)
  const position = index === null ? -1 : drawn.indexOf(index)
  const next = position < 0 ? drawn.length - 1 : Math.min(drawn.length - 1, Math.max(0, position + by))
  return drawn[next] ?? null
}
