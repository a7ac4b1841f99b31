/** Everything that moves on a site's page: the poll, the alerts' socket, and what they say about the line. */

import { api, body } from '../api/client'
import { AlertsSocket, fetchAlertEvents } from './alertsSocket'
import { AlertsStore } from './alertsStore'
import type { Alert, AlertEvent, Snapshot } from '../api/types'
import { clockOffset, everySecond, restoreServerTime, serverNow } from './clock'
import { connectionOf, OFFLINE_AFTER_MS, type CatchUp, type Connection } from './connection'
import { LatestValues } from './latest'
import { SnapshotPoll } from './poll'
import type { KeptLive } from '../kept/store'
import { Listeners } from '../listeners'

/** The panel shows the last 50 and everything that is still open, page by page. */
const LAST_ALERTS = 50
const ACTIVE_ALERTS = 500
/** Beyond this many no person reads a list; the server counts them. */
const MOST_ACTIVE_ALERTS = 2000
const OUTAGES_KEPT_MS = 65_000

async function fetchActiveAlerts(site: string): Promise<Alert[]> {
  const found: Alert[] = []
  let cursor: string | undefined
  do {
    const query = { site, state: 'active' as const, limit: ACTIVE_ALERTS, cursor }
    const page = await body(api.GET('/api/v1/alerts', { params: { query } }))
    found.push(...page.results)
    cursor =
      page.next === null
        ? undefined
        : (new URL(page.next, window.location.href).searchParams.get('cursor') ?? undefined)
  } while (cursor !== undefined && found.length < MOST_ACTIVE_ALERTS)
  return found
}

/** What a poll names beside values: other numbers than before mean that lists have changed. */
export type ListNumbers = Pick<Snapshot, 'registry_seq' | 'presence_seq'>

export interface Outage {
  fromMs: number
  /** Null while it lasts. */
  toMs: number | null
}

export class LiveSite {
  readonly latest = new LatestValues()
  readonly alerts = new AlertsStore()
  readonly poll: SnapshotPoll
  readonly socket: AlertsSocket
  private readonly listeners = new Listeners()
  private readonly eventListeners = new Listeners<[AlertEvent]>()
  private readonly numberListeners = new Listeners<[ListNumbers]>()
  private connection: Connection = { kind: 'starting' }
  private outages: readonly Outage[] = []
  private catchUp: CatchUp | null = null
  private loading = false
  private stopped = false
  private stoppers: (() => void)[] = []

  constructor(readonly site: string) {
    this.poll = new SnapshotPoll({
      site,
      watched: () => this.latest.watched(),
      onSnapshot: (snapshot, part) => {
        this.latest.apply(snapshot, part)
        this.socket.noteSeq(snapshot.alerts_seq)
        this.numberListeners.notify(snapshot)
      },
    })
    this.socket = new AlertsSocket({
      site,
      onEvent: (event) => {
        this.alerts.apply(event)
        this.eventListeners.notify(event)
      },
      onNewLog: () => {
        this.socket.stop()
        void this.loadAlerts()
      },
    })
  }

  /** Begins with what an earlier page has kept, as a site whose line was lost then. */
  restore({ atMs, clockOffsetMs, values, alerts }: KeptLive): void {
    restoreServerTime(clockOffsetMs, atMs)
    this.latest.apply({ full: true, series: values.map(([id, tsMs, value]) => [id, tsMs, value]) })
    if (alerts) {
      this.alerts.load(alerts.list, alerts.counts && { ...alerts.counts, seq: alerts.completeTo })
      this.socket.restore(alerts.completeTo)
    }
    this.poll.restore(atMs)
    this.follow()
  }

  /** What `restore` needs; atMs: when the last answer came. */
  toKeep(atMs: number): KeptLive {
    const { loaded, active, counts } = this.alerts.getView()
    const { completeTo } = this.socket.getState()
    return {
      atMs,
      clockOffsetMs: clockOffset(),
      values: this.latest.all(),
      alerts: loaded ? { list: active, counts, completeTo } : null,
    }
  }

  start(): void {
    this.stopped = false
    this.stoppers = [
      this.poll.subscribe(this.follow),
      this.socket.subscribe(this.follow),
      everySecond(this.follow),
      this.latest.onWatch(this.poll.watchChanged),
    ]
    this.poll.start()
    void this.loadAlerts()
  }

  stop(): void {
    this.stopped = true
    for (const stop of this.stoppers) stop()
    this.poll.stop()
    this.socket.stop()
  }

  getConnection = (): Connection => this.connection

  getOutages = (): readonly Outage[] => this.outages

  readonly subscribe = this.listeners.subscribe

  /** Calls back with each alert event once, in order. */
  onAlertEvent(listener: (event: AlertEvent) => void): () => void {
    return this.eventListeners.subscribe(listener)
  }

  /** Calls back with the numbers of each answered poll. */
  readonly onNumbers = this.numberListeners.subscribe

  /** The log's number first, the lists after it: what happens between is told again by the socket, never lost. */
  loadAlerts = async (): Promise<void> => {
    if (this.loading || this.stopped) return
    this.loading = true
    const { site } = this
    try {
      const head = await fetchAlertEvents(site, 0, 1)
      const [last, counts, active] = await Promise.all([
        body(api.GET('/api/v1/alerts', { params: { query: { site, limit: LAST_ALERTS } } })),
        body(api.GET('/api/v1/alerts/counts', { params: { query: { site } } })),
        fetchActiveAlerts(site),
      ])
      if (this.isStopped()) return
      this.alerts.load([...last.results, ...active], counts)
      this.socket.start(head.seq, head.log_id)
    } catch {
      this.alerts.failed()
    } finally {
      this.loading = false
    }
  }

  private isStopped(): boolean {
    return this.stopped
  }

  private readonly follow = (): void => {
    const now = serverNow()
    const poll = this.poll.getState()
    const connection = connectionOf(poll, this.socket.getState(), this.catchUp, now)
    const wasOffline = this.outages.at(-1)?.toMs === null
    if (connection.kind === 'offline' && !wasOffline) this.lost(connection.sinceMs)
    if (poll.status === 'ok' && wasOffline) this.back(now)
    if (poll.status === 'ok' && this.alerts.getView().failed) void this.loadAlerts()
    this.noteComplete(now)
    const next = connectionOf(poll, this.socket.getState(), this.catchUp, now)
    if (JSON.stringify(next) === JSON.stringify(this.connection)) return
    this.connection = next
    this.publish()
  }

  private lost(sinceMs: number): void {
    this.outages = [...this.recentOutages(), { fromMs: sinceMs, toMs: null }]
    this.publish()
  }

  private back(now: number): void {
    const outage = this.outages.at(-1)
    if (!outage) return
    this.outages = [...this.outages.slice(0, -1), { ...outage, toMs: now }]
    this.catchUp = {
      backAtMs: now,
      awayMs: now - outage.fromMs,
      fromSeq: this.socket.getState().completeTo,
      completeAtMs: null,
    }
    this.socket.reconnectNow()
    this.publish()
  }

  private noteComplete(now: number): void {
    if (this.catchUp?.completeAtMs !== null) return
    const { status, completeTo, knownTo } = this.socket.getState()
    const settled = now - this.catchUp.backAtMs > OFFLINE_AFTER_MS
    if (status === 'live' && completeTo >= knownTo && (settled || completeTo > this.catchUp.fromSeq)) {
      this.catchUp = { ...this.catchUp, completeAtMs: now }
    }
  }

  private recentOutages(): Outage[] {
    const oldest = serverNow() - OUTAGES_KEPT_MS
    return this.outages.filter((outage) => outage.toMs === null || outage.toMs > oldest)
  }

  private publish(): void {
    this.listeners.notify()
  }
}
