/** What happens to the player when a server or the browser says no. */

import { Unsupported } from './file-session'
import type { PlayerEvent, Reason, Transport } from './player-state'
import { WhepRefused } from './whep'

export function whepRefused(error: unknown): PlayerEvent {
  if (!(error instanceof WhepRefused) || error.status === 0) return failed('webrtc', { kind: 'unreachable' })
  const { status, code, message: detail } = error
  if (status === 401 || (status === 403 && code !== 'bad_origin')) return { type: 'denied' }
  const kind = code.startsWith('camera_') ? 'camera' : 'refused'
  if (kind === 'camera') return failed('webrtc', { kind, code, detail })
  return failed('webrtc', { kind, code, detail, ...(isPassing(status, code) ? { passing: true } : {}) })
}

/** A camera that has just been added is not known to the media server yet. */
function isPassing(status: number, code: string): boolean {
  return status === 503 || code === 'not_found'
}

/** status: of the last answer, 0 where none came. */
export function fileRefused(transport: Transport, status: number): PlayerEvent {
  if (status === 401 || status === 403) return { type: 'denied' }
  return failed(
    transport,
    status ? { kind: 'refused', code: String(status), detail: '' } : { kind: 'unreachable' },
  )
}

/** The players of HLS and DASH are fetched when they are first needed: without the server they do not come. */
export function filesNotOpened(transport: Transport, error: unknown): PlayerEvent {
  return failed(transport, { kind: error instanceof Unsupported ? 'unsupported' : 'unreachable' })
}

export function failed(transport: Transport, reason: Reason): PlayerEvent {
  return { type: 'failed', transport, reason }
}
