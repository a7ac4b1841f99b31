/** What the page may claim about its line to the server. Pure. */

import type { SocketState } from './alertsSocket'
import type { PollState } from './poll'

/** Shorter than this is a hiccup, not an outage: no banner. */
export const OFFLINE_AFTER_MS = 3000
/** How long the banner says that the catch-up is complete. */
const COMPLETE_SHOWN_MS = 5000

export type Connection =
  | { kind: 'starting' }
  | { kind: 'ok' }
  | { kind: 'reconnecting'; sinceMs: number }
  | { kind: 'offline'; sinceMs: number; retryAtMs: number | null }
  | { kind: 'catchup'; backAtMs: number; awayMs: number; got: number; missed: number; completeTo: number }
  | { kind: 'denied'; reason: 'session' | 'rights' }

/** Kept from the moment the line came back until everything missed is here. */
export interface CatchUp {
  backAtMs: number
  awayMs: number
  /** The last event known before the line was lost. */
  fromSeq: number
  completeAtMs: number | null
}

export function connectionOf(
  poll: PollState,
  socket: SocketState,
  catchUp: CatchUp | null,
  nowMs: number,
): Connection {
  if (poll.status === 'denied')
    return { kind: 'denied', reason: poll.deniedBy === 401 ? 'session' : 'rights' }
  if (poll.status === 'failing') {
    const failingSinceMs = poll.failingSinceMs ?? nowMs
    if (nowMs - failingSinceMs < OFFLINE_AFTER_MS) return { kind: 'reconnecting', sinceMs: failingSinceMs }
    return { kind: 'offline', sinceMs: poll.lastOkMs ?? failingSinceMs, retryAtMs: poll.retryAtMs }
  }
  if (poll.status === 'starting') return { kind: 'starting' }
  if (socket.status === 'denied') return { kind: 'denied', reason: 'session' }
  if (catchUp) {
    const missed = Math.max(0, socket.knownTo - catchUp.fromSeq)
    const shown = catchUp.completeAtMs === null || nowMs - catchUp.completeAtMs < COMPLETE_SHOWN_MS
    if (missed > 0 && shown)
      return {
        kind: 'catchup',
        backAtMs: catchUp.backAtMs,
        awayMs: catchUp.awayMs,
        got: Math.max(0, socket.completeTo - catchUp.fromSeq),
        missed,
        completeTo: socket.completeTo,
      }
  }
  return { kind: 'ok' }
}
