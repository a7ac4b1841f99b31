/**
 * The alerts' WebSocket. The socket is a hint, the numbered log is the truth: every event goes through `completeTo`, a gap is
 * healed by asking the log, and nothing is applied twice.
 */

import { api, body } from '../api/client'
import type { AlertEvent, AlertEvents } from '../api/types'
import { serverNow } from './clock'
import { Listeners } from '../listeners'

const BACK_OFF_FIRST_MS = 500
const BACK_OFF_MOST_MS = 15_000
/** The server pings every 20 s; two missed pings mean a dead line that TCP has not noticed. */
const SILENCE_MS = 45_000
/** An event may still be on its way when another layer names its number: wait this long before asking the log. */
const HEAL_AFTER_MS = 1000
/** Events asked for at once while catching up. */
const PAGE = 500
/** Close codes with which the server says that trying again is useless. */
const DENIED_CODES = new Set([4401, 4403, 1008])
const MARKS_KEPT_MS = 65_000

type SocketStatus = 'starting' | 'live' | 'down' | 'denied'

interface EventMark {
  atMs: number
  severity: AlertEvent['alert']['severity']
}

export interface SocketState {
  status: SocketStatus
  downSinceMs: number | null
  /** Every event up to this number has been applied. */
  completeTo: number
  /** The highest number anybody has told us of. */
  knownTo: number
  /** From the server's sending to what was drawn of it; null until an event came over the open line. */
  latencyMs: number | null
  marks: readonly EventMark[]
}

interface AlertsSocketOptions {
  site: string
  onEvent: (event: AlertEvent) => void
  /** The log is another one now (a backup was restored): what we know is void. */
  onNewLog: () => void
  open?: (url: string) => WebSocket
  fetchEvents?: (site: string, after: number) => Promise<AlertEvents>
  random?: () => number
  afterDrawing?: (call: () => void) => void
}

/** After the frame that follows; never on a page that nobody sees. */
function afterNextFrame(call: () => void): void {
  requestAnimationFrame(() => setTimeout(call))
}

type Frame =
  | { type: 'hello'; log_id: string; seq: number }
  | AlertEvent
  | { type: 'ping'; seq: number }
  | { type: string }

const INITIAL: SocketState = {
  status: 'starting',
  downSinceMs: null,
  completeTo: 0,
  knownTo: 0,
  latencyMs: null,
  marks: [],
}

export async function fetchAlertEvents(site: string, after: number, limit = PAGE): Promise<AlertEvents> {
  return body(api.GET('/api/v1/alerts/events', { params: { query: { site, after, limit } } }))
}

export class AlertsSocket {
  private state = INITIAL
  private readonly listeners = new Listeners()
  private readonly options: Required<AlertsSocketOptions>
  private socket: WebSocket | null = null
  private logId: string | null = null
  private failures = 0
  private retry: ReturnType<typeof setTimeout> | undefined
  private silence: ReturnType<typeof setTimeout> | undefined
  private heal: ReturnType<typeof setTimeout> | undefined
  private healing = false
  private measuring = false
  private running = false
  /** Events that came ahead of a gap, by number. */
  private readonly early = new Map<number, AlertEvent>()

  constructor(options: AlertsSocketOptions) {
    this.options = {
      open: (url) => new WebSocket(url),
      fetchEvents: fetchAlertEvents,
      random: Math.random,
      afterDrawing: afterNextFrame,
      ...options,
    }
  }

  getState = (): SocketState => this.state

  readonly subscribe = this.listeners.subscribe

  /** Begins behind `completeTo`, until the list of alerts is read anew. */
  restore(completeTo: number): void {
    this.update({ completeTo, knownTo: completeTo })
  }

  /** Starts behind `after`, the log's number at the time the list of alerts was read. */
  start(after: number, logId: string): void {
    // What is known of another log says nothing about this one.
    const sameLog = this.logId === null || this.logId === logId
    this.logId = logId
    this.early.clear() // the log tells them again
    this.running = true
    this.update({ completeTo: after, knownTo: sameLog ? Math.max(after, this.state.knownTo) : after })
    this.connect()
  }

  stop(): void {
    this.running = false
    clearTimeout(this.retry)
    clearTimeout(this.silence)
    clearTimeout(this.heal)
    this.heal = undefined
    this.drop()
  }

  /** Another layer (a ping, the poll) says that the log has reached `seq`. */
  noteSeq(seq: number): void {
    if (seq > this.state.knownTo) this.update({ knownTo: seq })
    if (this.running && this.state.knownTo > this.state.completeTo) this.healSoon()
  }

  /** Tries at once, for when the network or the page came back. */
  reconnectNow = (): void => {
    if (this.running && this.state.status === 'down') this.connect()
  }

  private connect(): void {
    clearTimeout(this.retry)
    const scheme = window.location.protocol === 'https:' ? 'wss' : 'ws'
    const query = new URLSearchParams({ site: this.options.site, after: String(this.state.completeTo) })
    const socket = this.options.open(`${scheme}://${window.location.host}/ws/alerts/?${query.toString()}`)
    this.drop()
    this.socket = socket
    socket.onmessage = (message: MessageEvent<string>) => {
      this.watchSilence()
      this.onFrame(JSON.parse(message.data) as Frame)
    }
    socket.onclose = (event) => this.onClosed(event.code)
    this.watchSilence()
  }

  private drop(): void {
    const socket = this.socket
    this.socket = null
    if (!socket) return
    socket.onmessage = null
    socket.onclose = null
    socket.close()
  }

  private watchSilence(): void {
    clearTimeout(this.silence)
    this.silence = setTimeout(() => {
      this.drop()
      this.onClosed(1006)
    }, SILENCE_MS)
  }

  private onClosed(code: number): void {
    clearTimeout(this.silence)
    this.socket = null
    const downSinceMs = this.state.downSinceMs ?? serverNow()
    if (DENIED_CODES.has(code)) {
      this.update({ status: 'denied', downSinceMs })
      return
    }
    this.update({ status: 'down', downSinceMs })
    const waitMs = Math.min(BACK_OFF_MOST_MS, BACK_OFF_FIRST_MS * 2 ** this.failures)
    this.failures += 1
    this.retry = setTimeout(() => this.connect(), waitMs * (0.75 + 0.5 * this.options.random()))
  }

  private onFrame(frame: Frame): void {
    if (frame.type === 'hello') this.onHello(frame as Extract<Frame, { type: 'hello' }>)
    else if (frame.type === 'event') this.onLiveEvent(frame as AlertEvent)
    else if (frame.type === 'ping') this.noteSeq((frame as { seq: number }).seq)
  }

  private onHello(hello: { log_id: string; seq: number }): void {
    this.failures = 0
    if (hello.log_id !== this.logId) {
      this.options.onNewLog()
      return
    }
    this.update({ status: 'live', downSinceMs: null })
    this.noteSeq(hello.seq)
  }

  private onLiveEvent(event: AlertEvent): void {
    // Events of a catch-up are old by nature and say nothing about the line.
    const live = event.seq > this.state.knownTo
    this.take(event)
    if (live && event.sent_ms !== undefined) this.measure(event.sent_ms)
  }

  /** When the page has been drawn. Of a burst the first counts: what waits behind it waits for the drawing. */
  private measure(sentMs: number): void {
    if (this.measuring) return
    this.measuring = true
    this.options.afterDrawing(() => {
      this.measuring = false
      // The clocks agree to half a round trip only.
      this.update({ latencyMs: Math.max(0, serverNow() - sentMs) })
    })
  }

  private take(event: AlertEvent): void {
    if (event.seq <= this.state.completeTo) return
    this.early.set(event.seq, event)
    this.drain()
    this.noteSeq(event.seq)
  }

  /** Applies what is next in line, in order. */
  private drain(): void {
    for (
      let next = this.early.get(this.state.completeTo + 1);
      next;
      next = this.early.get(this.state.completeTo + 1)
    ) {
      this.early.delete(next.seq)
      const now = serverNow()
      const atMs = next.sent_ms ?? Date.parse(next.at)
      this.update({
        completeTo: next.seq,
        knownTo: Math.max(this.state.knownTo, next.seq),
        marks: [
          ...this.state.marks.filter((mark) => mark.atMs > now - MARKS_KEPT_MS),
          { atMs, severity: next.alert.severity },
        ],
      })
      this.options.onEvent(next)
    }
  }

  private healSoon(): void {
    if (this.heal !== undefined || this.healing) return
    this.heal = setTimeout(() => {
      this.heal = undefined
      void this.healGap()
    }, HEAL_AFTER_MS)
  }

  /** Asks the log for what is missing, page by page. */
  private async healGap(): Promise<void> {
    this.healing = true
    try {
      while (this.running && this.state.completeTo < this.state.knownTo) {
        const before = this.state.completeTo
        const answer = await this.options.fetchEvents(this.options.site, before)
        if (answer.log_id !== this.logId) {
          this.options.onNewLog()
          return
        }
        for (const event of answer.events) this.take(event)
        if (this.state.completeTo === before) return
      }
    } catch {
      // No answer: the next ping, poll or reconnect names the gap again.
    } finally {
      this.healing = false
    }
  }

  private update(change: Partial<SocketState>): void {
    this.state = { ...this.state, ...change }
    this.listeners.notify()
  }
}
