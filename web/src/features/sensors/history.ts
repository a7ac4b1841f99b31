/** What the chart draws, worked out of the history API's columns. Times in ms since 1970. */

export type Point = readonly [tsMs: number, value: number]

export type Tier = 'raw' | '1m' | '15m' | '1h' | '1d' | (string & {})

export type History =
  | { tier: 'raw'; t: number[]; v: number[] }
  | { tier: Exclude<Tier, 'raw'>; t: number[]; min: number[]; max: number[]; avg: number[]; n: number[] }

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
  gaps: Span[]
  /** The range before the first reading that was ever stored in it; not a loss. */
  before: Span | null
  /** Width of a bucket; 0 for raw readings. */
  bucketMs: number
}

export interface Range {
  from: number
  to: number
}

const NO_COLUMNS: Columns = { t: [], min: [], max: [], avg: [], n: [], gaps: [], before: null, bucketMs: 0 }

/** So many points may be missing before the line breaks. */
const POINTS_IN_A_GAP = 3

export function middle(values: readonly number[]): number {
  if (values.length === 0) return 0
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? 0
}

/**
 * Aligned columns with a null row inside each gap.
 *
 * staleMs: the age past which a value no longer stands for the present (three budgets). A line is never drawn across
 * more than that.
 */
export function toColumns(history: History, range: Range, staleMs: number): Columns {
  const { t } = history
  if (t.length === 0) return { ...NO_COLUMNS, gaps: [{ from: range.from, to: range.to }] }
  const bucketMs = history.tier === 'raw' ? 0 : bucketWidth(t)
  const limitMs = Math.max(staleMs, POINTS_IN_A_GAP * bucketWidth(t))
  const columns: Columns = { ...NO_COLUMNS, t: [], min: [], max: [], avg: [], n: [], gaps: [], bucketMs }
  for (let i = 0; i < t.length; i++) {
    const at = t[i]!
    const previous = t[i - 1]
    if (previous !== undefined && at - previous > limitMs) {
      const from = previous + bucketMs
      columns.gaps.push({ from, to: at })
      push(columns, from + (at - from) / 2, null, null, null, null)
    }
    if (history.tier === 'raw') {
      const value = (history as Extract<History, { v: number[] }>).v[i]!
      push(columns, at, value, value, value, 1)
    } else {
      const row = history as Exclude<History, { v: number[] }>
      push(columns, at, row.min[i]!, row.max[i]!, row.avg[i]!, row.n[i]!)
    }
  }
  const first = t[0]!
  const end = t[t.length - 1]! + bucketMs
  if (first - range.from > limitMs) columns.before = { from: range.from, to: first }
  if (range.to - end > Math.max(limitMs, bucketMs)) columns.gaps.push({ from: end, to: range.to })
  return columns
}

function push(columns: Columns, t: number, min: number | null, max: number | null, avg: number | null, n: number | null) {
  columns.t.push(t)
  columns.min.push(min)
  columns.max.push(max)
  columns.avg.push(avg)
  columns.n.push(n)
}

function bucketWidth(t: readonly number[]): number {
  const distances: number[] = []
  for (let i = 1; i < t.length; i++) distances.push(t[i]! - t[i - 1]!)
  return middle(distances)
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
  if (history.tier === 'raw') {
    const raw = history as Extract<History, { v: number[] }>
    return { tier: 'raw', t: [...raw.t, ...fresh.map(([ts]) => ts)], v: [...raw.v, ...fresh.map(([, value]) => value)] }
  }
  const row = history as Exclude<History, { v: number[] }>
  const next = { tier: row.tier, t: [...row.t], min: [...row.min], max: [...row.max], avg: [...row.avg], n: [...row.n] }
  const bucketMs = Math.max(bucketWidth(row.t), 1)
  for (const [ts, value] of fresh) {
    const last = next.t.length - 1
    const steps = last < 0 ? -1 : Math.floor((ts - next.t[last]!) / bucketMs)
    if (steps === 0) {
      const n = next.n[last]! + 1
      next.min[last] = Math.min(next.min[last]!, value)
      next.max[last] = Math.max(next.max[last]!, value)
      next.avg[last] = next.avg[last]! + (value - next.avg[last]!) / n
      next.n[last] = n
    } else {
      next.t.push(last < 0 ? ts : next.t[last]! + steps * bucketMs)
      next.min.push(value)
      next.max.push(value)
      next.avg.push(value)
      next.n.push(1)
    }
  }
  return next
}

export interface Statistics {
  min: { value: number; at: number } | null
  max: { value: number; at: number } | null
  avg: number | null
  readings: number
  lostMs: number
  lostTimes: number
  /** Time spent beyond the level, by the buckets' averages; null without a level. */
  beyondMs: number | null
}

export interface Level {
  value: number
  side: 'above' | 'below'
}

export function statistics(columns: Columns, level: Level | null): Statistics {
  let min: Statistics['min'] = null
  let max: Statistics['max'] = null
  let sum = 0
  let readings = 0
  let beyondMs = 0
  for (let i = 0; i < columns.t.length; i++) {
    const avg = columns.avg[i]
    if (avg === null || avg === undefined) continue
    const at = columns.t[i]!
    const low = columns.min[i] ?? avg
    const high = columns.max[i] ?? avg
    const n = columns.n[i] ?? 1
    if (!min || low < min.value) min = { value: low, at }
    if (!max || high > max.value) max = { value: high, at }
    sum += avg * n
    readings += n
    if (level && (level.side === 'above' ? avg > level.value : avg < level.value)) {
      const next = columns.avg[i + 1] === null ? undefined : columns.t[i + 1]
      beyondMs += columns.bucketMs || (next === undefined ? 0 : next - at)
    }
  }
  return {
    min,
    max,
    avg: readings ? sum / readings : null,
    readings,
    lostMs: columns.gaps.reduce((total, gap) => total + gap.to - gap.from, 0),
    lostTimes: columns.gaps.length,
    beyondMs: level ? beyondMs : null,
  }
}

export type Freshness = 'fresh' | 'late' | 'none'

export interface Ribbon {
  slots: Freshness[]
  /** Shares of the range, in percent, adding up to 100. */
  fresh: number
  late: number
  none: number
}

/** At least this part of the readings due must have come for a slot to count as fresh. */
const FRESH_SHARE = 0.8

/**
 * How old the line was, slot by slot, under the same time axis.
 *
 * budgetMs: the age up to which a value counts as fresh. A slot is as good as the readings that came against those due
 * once a budget; nothing at all is `none`.
 */
export function ribbon(columns: Columns, range: Range, budgetMs: number, slots = 96): Ribbon {
  const width = (range.to - range.from) / slots
  const counts = new Array<number>(slots).fill(0)
  for (let i = 0; i < columns.t.length; i++) {
    const n = columns.n[i]
    if (!n) continue
    spread(counts, columns.t[i]! - range.from, Math.max(columns.bucketMs, 1), n, width)
  }
  const step = middle(distancesOf(columns))
  const due = width / Math.max(budgetMs, 1)
  const sparse = Math.max(columns.bucketMs, step) > width
  const result = counts.map((count, slot): Freshness => {
    if (sparse ? !covered(columns, range.from + slot * width, width) : count === 0) return 'none'
    return sparse || count >= due * FRESH_SHARE ? 'fresh' : 'late'
  })
  const share = (kind: Freshness) => (100 * result.filter((slot) => slot === kind).length) / slots
  return { slots: result, fresh: share('fresh'), late: share('late'), none: share('none') }
}

function distancesOf(columns: Columns): number[] {
  const distances: number[] = []
  for (let i = 1; i < columns.t.length; i++) {
    if (columns.avg[i] !== null && columns.avg[i - 1] !== null) distances.push(columns.t[i]! - columns.t[i - 1]!)
  }
  return distances
}

function covered(columns: Columns, from: number, width: number): boolean {
  const middleMs = from + width / 2
  const inside = (span: Span | null) => span !== null && span.from <= middleMs && middleMs < span.to
  return columns.t.length > 0 && !inside(columns.before) && !columns.gaps.some(inside)
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

/** The smallest and largest value that the picture must show, with room above and below. */
export function valueRange(columns: Columns, levels: readonly number[]): [number, number] {
  const values = [...columns.min, ...columns.max].filter((value): value is number => value !== null)
  if (values.length === 0) return [0, 1]
  let low = Infinity
  let high = -Infinity
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  const spanned = high - low
  // A level far outside the data would press the line flat: it is drawn only when it is within reach.
  for (const level of levels) {
    if (level > high && level - high <= Math.max(spanned * 1.5, Math.abs(high) * 0.25, 1)) high = level
    if (level < low && low - level <= Math.max(spanned * 1.5, Math.abs(low) * 0.25, 1)) low = level
  }
  const margin = (high - low) * 0.12 || Math.max(Math.abs(high) * 0.1, 0.5)
  return [low - margin, high + margin]
}

/** The point nearest to a time, skipping the breaks. -1 when there is none. */
export function nearest(columns: Columns, at: number): number {
  let best = -1
  let distance = Infinity
  for (let i = 0; i < columns.t.length; i++) {
    if (columns.avg[i] === null) continue
    const d = Math.abs(columns.t[i]! - at)
    if (d < distance) {
      best = i
      distance = d
    }
  }
  return best
}

/** Moves the cursor by so many drawn points; starts at the newest when there is no cursor yet. */
export function moveCursor(columns: Columns, index: number | null, by: number): number | null {
  const drawn = columns.t.map((_, i) => i).filter((i) => columns.avg[i] !== null)
  if (drawn.length === 0) return null
  const position = index === null ? -1 : drawn.indexOf(index)
  const next = position < 0 ? drawn.length - 1 : Math.min(drawn.length - 1, Math.max(0, position + by))
  return drawn[next] ?? null
}
