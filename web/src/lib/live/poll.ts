/**
 * The page's one poll of the snapshot, however many cards it shows.
 *
 * Deltas by cursor, 304 by ETag, the server says when to come back. Rests while the page is hidden, asks at once when it is
 * shown again, and backs off with jitter while the server does not answer.
 */

import { problemOf } from '../api/problem'
import type { ClockDoubt, Snapshot } from '../api/types'
import { observeServerTime, serverNow } from './clock'
import { Listeners } from '../listeners'

/** Used until the server has said when to come back. */
const FIRST_PERIOD_MS = 5000
/** A poll without an answer in this time has failed: half a minute of silence would look like a fresh page. */
const TIMEOUT_MS = 8000
const BACK_OFF_FIRST_MS = 1000
const BACK_OFF_MOST_MS = 15_000
/** An answer slower than this is drawn as slow in the lanes. */
const SLOW_MS = 1000
/** The lanes show 60 s; a little more, so that a mark does not vanish early. */
const MARKS_KEPT_MS = 65_000
/** A site with more series is asked for those on the screen alone; the server takes so many ids. */
const MOST_SERIES = 500
/** Cards of one page come together: ask once for all of them. */
const WATCHED_AFTER_MS = 100
/** Delays of this many values make the p95 of the chip. */
const DELAYS_KEPT = 240

type PollStatus = 'starting' | 'ok' | 'failing' | 'denied'
type PollMarkKind = 'new' | 'same' | 'slow' | 'failed'

interface PollMark {
  atMs: number
  kind: PollMarkKind
}

export interface PollState {
  status: PollStatus
  /** HTTP status that denied us (401 session, 403/404 rights); null otherwise. */
  deniedBy: number | null
  /** Server time of the last answer. */
  lastOkMs: number | null
  failingSinceMs: number | null
  retryAtMs: number | null
  periodMs: number
  /** How long values took from the device's clock to this page, 95th percentile; null until measured. */
  p95Ms: number | null
  marks: readonly PollMark[]
  /** Null while the server trusts its own clock. */
  clockDoubt: ClockDoubt | null
}

interface PollOptions {
  site: string
  /** part: the answer is of the watched series alone. */
  onSnapshot: (snapshot: Snapshot, part: boolean) => void
  /** The series on the screen, for a site that has too many to ask for all. */
  watched?: () => readonly number[]
  fetch?: typeof fetch
  random?: () => number
}

const INITIAL: PollState = {
  status: 'starting',
  deniedBy: null,
  lastOkMs: null,
  failingSinceMs: null,
  retryAtMs: null,
  periodMs: FIRST_PERIOD_MS,
  p95Ms: null,
  marks: [],
  clockDoubt: null,
}

export class SnapshotPoll {
  private state = INITIAL
  private readonly listeners = new Listeners()
  private readonly options: Required<PollOptions>
  private cursor: string | null = null
  private etag: string | null = null
  private failures = 0
  private delays: number[] = []
  private timer: ReturnType<typeof setTimeout> | undefined
  private request: AbortController | null = null
  private running = false
  /** What the cursor and the ETag are about: '' is the whole site; null before a large site was asked for a part. */
  private asked: string | null = ''
  private large = false
  private soon: ReturnType<typeof setTimeout> | undefined

  constructor(options: PollOptions) {
    this.options = {
      fetch: (...args) => globalThis.fetch(...args),
      random: Math.random,
      watched: () => [],
      ...options,
    }
  }

  getState = (): PollState => this.state

  readonly subscribe = this.listeners.subscribe

  /** Begins as a poll whose last answer came at `atMs`, and which has had none since. */
  restore(atMs: number): void {
    this.update({ status: 'failing', lastOkMs: atMs, failingSinceMs: atMs })
  }

  start(): void {
    if (this.running) return
    this.running = true
    document.addEventListener('visibilitychange', this.onVisibility)
    window.addEventListener('online', this.pollNow)
    window.addEventListener('offline', this.onOffline)
    this.pollNow()
  }

  stop(): void {
    this.running = false
    document.removeEventListener('visibilitychange', this.onVisibility)
    window.removeEventListener('online', this.pollNow)
    window.removeEventListener('offline', this.onOffline)
    clearTimeout(this.timer)
    clearTimeout(this.soon)
    this.soon = undefined
    this.request?.abort()
    this.request = null
  }

  /** Somebody shows another series: a large site is asked for it at once. */
  watchChanged = (): void => {
    if (!this.large || !this.running) return
    this.soon ??= setTimeout(() => {
      this.soon = undefined
      if (this.request) this.watchChanged()
      else this.pollNow()
    }, WATCHED_AFTER_MS)
  }

  /** Asks now; an outstanding request is left to finish. */
  pollNow = (): void => {
    if (!this.running || document.hidden || this.request || this.state.status === 'denied') return
    clearTimeout(this.timer)
    void this.poll()
  }

  private readonly onVisibility = (): void => {
    if (document.hidden) clearTimeout(this.timer)
    else this.pollNow()
  }

  private readonly onOffline = (): void => {
    this.request?.abort()
    if (!this.request) this.failed()
  }

  private async poll(): Promise<void> {
    const request = new AbortController()
    this.request = request
    const deadline = setTimeout(() => request.abort(), TIMEOUT_MS)
    const sentAtMs = Date.now()
    const url = this.url()
    try {
      const response = await this.options.fetch(url, {
        headers: this.etag ? { 'If-None-Match': this.etag } : {},
        credentials: 'same-origin',
        cache: 'no-store',
        signal: request.signal,
      })
      observeServerTime(Number(response.headers.get('Server-Time-Ms')), sentAtMs, Date.now())
      if ([401, 403, 404].includes(response.status)) this.denied(response.status)
      else if (response.status === 304) this.answered(null, Date.now() - sentAtMs)
      else if (response.ok) {
        const snapshot = (await response.json()) as Snapshot
        this.etag = response.headers.get('ETag')
        this.answered(snapshot, Date.now() - sentAtMs)
        if (snapshot.partial) {
          this.large = true
          this.asked = null
          this.watchChanged()
        }
      } else throw await problemOf(response)
    } catch {
      if (this.request === request) this.failed()
    } finally {
      clearTimeout(deadline)
    }
    if (this.request !== request) return // stopped meanwhile, and perhaps started again
    this.request = null
    if (this.state.status !== 'denied' && !document.hidden) this.schedule()
  }

  private url(): string {
    const query = new URLSearchParams()
    if (this.large) {
      const ids = this.options
        .watched()
        .slice(0, MOST_SERIES)
        .sort((a, b) => a - b)
      const wanted = ids.length > 0 ? ids.join(',') : '0'
      // Values of a series that was not asked for before are in no delta.
      if (wanted !== this.asked) this.cursor = this.etag = null
      this.asked = wanted
      query.set('series', wanted)
    } else query.set('most', String(MOST_SERIES))
    if (this.cursor) query.set('since', this.cursor)
    return `/api/v1/sites/${encodeURIComponent(this.options.site)}/snapshot?${query.toString()}`
  }

  private schedule(): void {
    const { retryAtMs, periodMs } = this.state
    this.timer = setTimeout(
      this.pollNow,
      retryAtMs === null ? periodMs : Math.max(0, retryAtMs - serverNow()),
    )
  }

  private answered(snapshot: Snapshot | null, tookMs: number): void {
    this.failures = 0
    const now = serverNow()
    if (snapshot) {
      this.cursor = snapshot.cursor
      if (!snapshot.full) this.measure(snapshot, now)
    }
    const brought = snapshot !== null && snapshot.series.length > 0
    this.update({
      status: 'ok',
      lastOkMs: now,
      failingSinceMs: null,
      retryAtMs: null,
      periodMs: snapshot?.next_poll_ms ?? this.state.periodMs,
      p95Ms: percentile95(this.delays),
      clockDoubt: snapshot ? (snapshot.clock ?? null) : this.state.clockDoubt,
      marks: this.marked(tookMs > SLOW_MS ? 'slow' : brought ? 'new' : 'same', now),
    })
    if (snapshot) this.options.onSnapshot(snapshot, this.large)
  }

  private measure(snapshot: Snapshot, now: number): void {
    const delays = snapshot.series.map(([, tsMs]) => now - tsMs).filter((delay) => delay >= 0)
    this.delays = [...this.delays, ...delays].slice(-DELAYS_KEPT)
  }

  private failed(): void {
    const now = serverNow()
    const waitMs = Math.min(BACK_OFF_MOST_MS, BACK_OFF_FIRST_MS * 2 ** this.failures)
    this.failures += 1
    this.update({
      status: 'failing',
      failingSinceMs: this.state.failingSinceMs ?? now,
      retryAtMs: now + waitMs * (0.75 + 0.5 * this.options.random()),
      marks: this.marked('failed', now),
    })
  }

  private denied(status: number): void {
    this.update({ status: 'denied', deniedBy: status, retryAtMs: null })
  }

  private marked(kind: PollMarkKind, atMs: number): PollMark[] {
    return [...this.state.marks.filter((mark) => mark.atMs > atMs - MARKS_KEPT_MS), { atMs, kind }]
  }

  private update(change: Partial<PollState>): void {
    this.state = { ...this.state, ...change }
    this.listeners.notify()
  }
}

function percentile95(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length * 0.95)] ?? null
}
