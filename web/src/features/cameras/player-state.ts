/** What a camera tile knows, what happens to it, and what it is to do: the words of player-machine.ts. */

export type Transport = 'webrtc' | 'llhls' | 'hls' | 'dash'

/** The whole picture, or a smaller one of the same camera. */
export type Source = 'main' | 'sub'

/** Best first. A player that cannot have one takes the next. */
export const LADDER: readonly Transport[] = ['webrtc', 'llhls', 'hls']

/** DASH is played where somebody chooses it: it shows nothing that HLS does not. */
export const ALL_TRANSPORTS: readonly Transport[] = [...LADDER, 'dash']

/** Why a transport was left, or never tried. */
export type Reason =
  | { kind: 'no_frame' }
  | { kind: 'late'; seconds: number }
  | { kind: 'late_sub' }
  | { kind: 'stalled' }
  | { kind: 'loss'; percent: number }
  | { kind: 'blocked' }
  /** passing: the server says that it may do so in a moment. */
  | { kind: 'refused'; code: string; detail: string; passing?: true }
  | { kind: 'unsupported' }
  | { kind: 'not_offered'; detail: string }
  | { kind: 'unreachable' }
  | { kind: 'camera'; code: string; detail: string }

export interface Change {
  atMs: number
  transport: Transport
  /** Null: opened or came back by itself. */
  reason: Reason | null
}

export interface CameraFacts {
  state: 'connecting' | 'live' | 'offline'
  stateSinceMs: number | null
  stateCode: string
  stateReason: string
  /** Ways to watch the main stream. */
  offered: readonly Transport[]
  /** Ways to watch the sub stream; none where there is none. */
  sub: readonly Transport[]
  /** Sentences of the server about streams that it cannot offer. */
  notes: readonly string[]
  /** Whether all requests to the server share a connection (HTTP/2 and later): one that waits holds up no other. */
  multiplexed: boolean
}

export type Phase =
  | { name: 'paused' }
  | { name: 'connecting'; transport: Transport; sinceMs: number; attempt: number }
  | { name: 'live'; transport: Transport; sinceMs: number }
  | { name: 'frozen'; transport: Transport; sinceMs: number }
  | { name: 'offline'; sinceMs: number; retryAtMs: number; reason: Reason }
  | { name: 'unplayable'; detail: string }
  | { name: 'denied' }

export interface PlayerState {
  phase: Phase
  camera: CameraFacts
  /** Which stream fits the size of the tile. */
  wants: Source
  /** The transport that somebody asked for; null for the best that can be had. */
  chosen: Transport | null
  /** Which one is open, or was last. */
  source: Source
  /** When the wanted stream is tried again beside the open one; null where it is open, or may be tried at once. */
  switchAtMs: number | null
  /** Why the best transport is not the one in use; null on the best one. */
  down: Reason | null
  lastFrameMs: number | null
  /** Since when there is no picture, over all retries; null while there is one. */
  missingSinceMs: number | null
  firstFrameAfterMs: number | null
  failures: number
  probeAtMs: number | null
  probeDelayMs: number
  /** When a better kind of HLS is tried again in the place of the open one. */
  climbAtMs: number | null
  climbDelayMs: number
  lossSamples: number
  /** Newest last, at most five. */
  changes: readonly Change[]
}

export type PlayerEvent =
  | { type: 'play' }
  | { type: 'pause' }
  | { type: 'camera'; camera: CameraFacts }
  | { type: 'frame' }
  | { type: 'tick' }
  /** The page has learnt the server's time: what was noted before is now so much later. */
  | { type: 'clock'; byMs: number }
  | { type: 'loss'; percent: number }
  | { type: 'failed'; transport: Transport; reason: Reason }
  | { type: 'denied' }
  | { type: 'want'; source: Source }
  | { type: 'choose'; transport: Transport | null }
  /** The stream that was opened beside the shown one has a picture; where none comes, nothing happens. */
  | { type: 'switch_ok' }
  | { type: 'probe_ok' }

export type Effect =
  | { do: 'open'; transport: Transport }
  | { do: 'close' }
  /** Open a stream beside the shown one: WebRTC while HLS plays, or the stream that is wanted instead. */
  | { do: 'probe' }
  | { do: 'switch' }
  /** Show the one that was opened beside, or forget it. */
  | { do: 'adopt' }
  | { do: 'abandon' }
  | { do: 'ask_camera' }

export const FIRST_PROBE_MS = 30_000
/** Where WebRTC was refused for the moment only, as it is while a camera is being connected. */
export const SOON_PROBE_MS = 3_000
export const FIRST_CLIMB_MS = 60_000

export const NO_CAMERA: CameraFacts = {
  state: 'connecting',
  stateSinceMs: null,
  stateCode: '',
  stateReason: '',
  offered: ALL_TRANSPORTS,
  sub: [],
  notes: [],
  multiplexed: false,
}

export function initialState(camera: CameraFacts = NO_CAMERA): PlayerState {
  return {
    phase: { name: 'paused' },
    camera,
    wants: 'main',
    chosen: null,
    source: 'main',
    switchAtMs: null,
    down: null,
    lastFrameMs: null,
    missingSinceMs: null,
    firstFrameAfterMs: null,
    failures: 0,
    probeAtMs: null,
    probeDelayMs: FIRST_PROBE_MS,
    climbAtMs: null,
    climbDelayMs: FIRST_CLIMB_MS,
    lossSamples: 0,
    changes: [],
  }
}

/** The transport that is open now, if any. */
export function current(state: PlayerState): Transport | null {
  return 'transport' in state.phase ? state.phase.transport : null
}
