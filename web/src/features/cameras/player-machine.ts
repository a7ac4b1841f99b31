/**
 * What a camera tile does next, as a pure function: (state, event) -> (state, effects).
 *
 * WebRTC first. No picture in 3 s, a stall, heavy loss or a refusal steps down to HLS of low latency, from there to plain
 * HLS, and says why. HLS is played while WebRTC is probed again in the background, and plain HLS is left for low latency
 * again after a while. When nothing works the tile is offline and tries again with back-off.
 *
 * A camera may have a small sub stream beside its main one. Each is tried where the other is wanted and does not come;
 * a playing picture stays until the first one of the stream that is wanted instead.
 *
 * Each state is read beside the moves out of it.
 */

import { shiftTimes } from './player-clock'
import {
  current,
  FIRST_PROBE_MS,
  SOON_PROBE_MS,
  type CameraFacts,
  type Effect,
  type Phase,
  type PlayerEvent,
  type PlayerState,
  type Reason,
  type Transport,
} from './player-state'
import { canClimb, gainsWebrtc, mayProbe, offeredOf, probedSource, waysOf, type Way } from './player-ways'

export const FIRST_FRAME_LIMIT_MS: Record<Transport, number> = {
  webrtc: 3_000,
  llhls: 8_000,
  hls: 12_000,
  dash: 12_000,
}
/** The server connects to a sub stream only when somebody watches it, and then waits for a key frame. */
export const FIRST_SUB_FRAME_LIMIT_MS = 6_000
export const SWITCH_AGAIN_MS = 60_000
/** At 1 fps, the slowest camera worth watching, frames are 1 s apart. */
export const FROZEN_AFTER_MS = 1_500
export const STALL_LIMIT_MS: Record<Transport, number> = {
  webrtc: 3_500,
  llhls: 4_000,
  hls: 8_000,
  dash: 8_000,
}
/** A camera that is gone comes back on the same connection; past this the connection is dropped. */
export const CAMERA_GONE_LIMIT_MS = 30_000
/** Above this much loss, five samples (10 s) in a row, HLS shows more than WebRTC does. */
const LOSS_LIMIT_PERCENT = 8
export const LOSS_SAMPLES = 5
const LAST_PROBE_MS = 600_000
const LAST_CLIMB_MS = 600_000
const LAST_RETRY_MS = 30_000

type Next = readonly [PlayerState, readonly Effect[]]

const same = (state: PlayerState): Next => [state, []]

export function step(state: PlayerState, event: PlayerEvent, nowMs: number): Next {
  switch (event.type) {
    case 'play':
      return state.phase.name === 'paused'
        ? resume({ ...state, lastFrameMs: null, missingSinceMs: null }, nowMs)
        : same(state)
    case 'pause':
      return state.phase.name === 'paused'
        ? same(state)
        : [{ ...state, phase: { name: 'paused' }, probeAtMs: null, lossSamples: 0 }, [{ do: 'close' }]]
    case 'denied':
      return [{ ...state, phase: { name: 'denied' }, probeAtMs: null }, [{ do: 'close' }]]
    case 'camera':
      return onCamera({ ...state, camera: event.camera }, state.camera, nowMs)
    case 'frame':
      return onFrame(state, nowMs)
    case 'tick':
      return onTick(state, nowMs)
    case 'clock':
      return same(shiftTimes(state, event.byMs))
    case 'loss':
      return onLoss(state, event.percent, nowMs)
    case 'failed':
      return current(state) === event.transport ? leave(state, event.reason, nowMs) : same(state)
    case 'want':
      return state.wants === event.source ? same(state) : onWant({ ...state, wants: event.source }, nowMs)
    case 'choose':
      return state.chosen === event.transport
        ? same(state)
        : onChoose({ ...state, chosen: event.transport }, nowMs)
    case 'switch_ok':
      return onSwitched(state, nowMs)
    case 'probe_ok':
      return onProbeOk(state, nowMs)
  }
}

function start(state: PlayerState, nowMs: number): Next {
  const { camera } = state
  const first = waysOf(state)[0]
  if (!first) {
    return [{ ...state, phase: { name: 'unplayable', detail: camera.notes[0] ?? '' } }, []]
  }
  if (camera.state === 'offline') return offline(state, cameraReason(camera), nowMs, [])
  const isBest = first.transport === 'webrtc' || first.transport === state.chosen
  const down: Reason | null = isBest ? null : { kind: 'not_offered', detail: camera.notes[0] ?? '' }
  return open({ ...state, down, switchAtMs: null }, first, down, nowMs, [])
}

/** Shown again after a pause: on a network that blocked WebRTC, HLS at once; the probe finds out when that has changed. */
function resume(state: PlayerState, nowMs: number): Next {
  const blocked = state.down?.kind === 'no_frame' || state.down?.kind === 'blocked'
  const hls = waysOf(state).find(({ transport }) => transport !== 'webrtc')
  if (!blocked || state.camera.state === 'offline' || !hls) return start(state, nowMs)
  return open(state, hls, state.down, nowMs, [])
}

function open(
  state: PlayerState,
  { source, transport }: Way,
  reason: Reason | null,
  nowMs: number,
  before: Effect[],
): Next {
  return [
    {
      ...state,
      source,
      phase: { name: 'connecting', transport, sinceMs: nowMs, attempt: state.failures + 1 },
      lossSamples: 0,
      probeAtMs: null,
      climbAtMs: null,
      changes: [...state.changes, { atMs: nowMs, transport, reason }].slice(-5),
    },
    [...before, { do: 'open', transport }],
  ]
}

/** Leaves the open transport: to the next one offered, or offline when there is none. */
function leave(state: PlayerState, reason: Reason, nowMs: number): Next {
  const transport = current(state)
  const ways = waysOf(state)
  const at = ways.findIndex((way) => way.transport === transport && way.source === state.source)
  // Another transport has no picture either while the camera itself, or its sub stream, is gone.
  const gone = reason.kind === 'camera' || (state.source === 'sub' && reason.kind === 'refused')
  const next = at < 0 ? undefined : ways.slice(at + 1).find(({ source }) => !gone || source !== state.source)
  if (!next || (gone && next.source === 'sub')) return offline(state, reason, nowMs, [{ do: 'close' }])
  const switchAtMs = next.source === state.wants ? null : nowMs + SWITCH_AGAIN_MS
  const fell = transport === 'llhls' && next.transport === 'hls'
  const climbDelayMs = fell ? Math.min(state.climbDelayMs * 2, LAST_CLIMB_MS) : state.climbDelayMs
  const isPassing = reason.kind === 'refused' && reason.passing
  const probeDelayMs = isPassing ? Math.min(SOON_PROBE_MS, state.probeDelayMs) : state.probeDelayMs
  const left = { ...state, down: reason, switchAtMs, climbDelayMs, probeDelayMs }
  return open(left, next, reason, nowMs, [{ do: 'close' }])
}

/** Somebody asked for a transport, or for the best again. */
function onChoose(state: PlayerState, nowMs: number): Next {
  const transport = current(state)
  const first = waysOf(state)[0]
  if (!transport || !first || (first.transport === transport && first.source === state.source))
    return same(state)
  return open({ ...state, down: null, switchAtMs: null }, first, null, nowMs, [{ do: 'close' }])
}

/** The tile has another size: the wanted stream is opened beside a playing one, else in its place. */
function onWant(state: PlayerState, nowMs: number): Next {
  const transport = current(state)
  const first = waysOf(state)[0]
  const abandoned: Effect[] = state.switchAtMs === null ? [] : [{ do: 'abandon' }]
  if (!transport || !first || first.source === state.source) {
    const climbAtMs = transport === 'hls' && canClimb(state) ? nowMs : state.climbAtMs
    return [{ ...state, switchAtMs: null, climbAtMs }, abandoned]
  }
  if (state.phase.name === 'connecting' || transport !== 'webrtc' || first.transport !== 'webrtc')
    return open({ ...state, switchAtMs: null }, first, null, nowMs, [{ do: 'close' }])
  return [{ ...state, switchAtMs: nowMs + SWITCH_AGAIN_MS }, [...abandoned, { do: 'switch' }]]
}

/** A stream that did not come is tried again, only where nobody sees a break. */
function switchAgain(state: PlayerState, nowMs: number): Next {
  const first = waysOf(state)[0]
  const wanted = first?.transport === 'webrtc' && first.source !== state.source
  if (!wanted || current(state) !== 'webrtc') return same({ ...state, switchAtMs: null })
  return [{ ...state, switchAtMs: nowMs + SWITCH_AGAIN_MS }, [{ do: 'switch' }]]
}

function onSwitched(state: PlayerState, nowMs: number): Next {
  if (current(state) !== 'webrtc' || state.source === state.wants) return same(state)
  return [
    {
      ...state,
      source: state.wants,
      switchAtMs: null,
      phase: { name: 'live', transport: 'webrtc', sinceMs: nowMs },
      lastFrameMs: nowMs,
      lossSamples: 0,
      down: null,
    },
    [{ do: 'adopt' }],
  ]
}

function offline(state: PlayerState, reason: Reason, nowMs: number, before: Effect[]): Next {
  const failures = state.failures + 1
  const delayMs = Math.min(1_000 * 2 ** (failures - 1), LAST_RETRY_MS)
  const sinceMs =
    (reason.kind === 'camera' ? state.camera.stateSinceMs : null) ??
    state.missingSinceMs ??
    state.lastFrameMs ??
    nowMs
  const phase: Phase = { name: 'offline', sinceMs, retryAtMs: nowMs + delayMs, reason }
  return [
    { ...state, phase, failures, missingSinceMs: sinceMs, probeAtMs: null },
    [...before, { do: 'ask_camera' }],
  ]
}

function cameraReason(camera: CameraFacts): Reason {
  return { kind: 'camera', code: camera.stateCode, detail: camera.stateReason }
}

function onCamera(state: PlayerState, before: CameraFacts, nowMs: number): Next {
  const { phase, camera } = state
  if (phase.name === 'offline' && camera.state !== 'offline' && phase.reason.kind === 'camera')
    return start(state, nowMs)
  if (phase.name === 'unplayable' && waysOf(state).length > 0) return start(state, nowMs)
  if (mayProbe(state) && gainsWebrtc(before, camera))
    return same({ ...state, probeAtMs: nowMs, probeDelayMs: FIRST_PROBE_MS })
  if (phase.name === 'live' && state.switchAtMs === null) return switchAgain(state, nowMs)
  if (phase.name === 'connecting' && camera.state === 'offline') {
    return offline(state, cameraReason(camera), nowMs, [{ do: 'close' }])
  }
  return same(state)
}

function onFrame(state: PlayerState, nowMs: number): Next {
  const { phase } = state
  if (phase.name === 'connecting') {
    return [
      {
        ...state,
        phase: { name: 'live', transport: phase.transport, sinceMs: nowMs },
        lastFrameMs: nowMs,
        missingSinceMs: null,
        firstFrameAfterMs: nowMs - phase.sinceMs,
        failures: 0,
        probeAtMs: mayProbe(state) ? (state.probeAtMs ?? nowMs + state.probeDelayMs) : null,
        // What the camera has may have become known while this stream was being opened.
        switchAtMs: state.switchAtMs ?? (waysOf(state)[0]?.source === state.source ? null : nowMs),
        climbAtMs: phase.transport === 'hls' && canClimb(state) ? nowMs + state.climbDelayMs : null,
        down: phase.transport === 'webrtc' ? null : state.down,
      },
      [],
    ]
  }
  if (phase.name === 'frozen') {
    return [
      { ...state, phase: { name: 'live', transport: phase.transport, sinceMs: nowMs }, lastFrameMs: nowMs },
      [],
    ]
  }
  return phase.name === 'live' ? same({ ...state, lastFrameMs: nowMs }) : same(state)
}

function onTick(state: PlayerState, nowMs: number): Next {
  const { phase } = state
  switch (phase.name) {
    case 'connecting':
      if (state.source === 'sub' && phase.transport === 'webrtc')
        return nowMs - phase.sinceMs >= FIRST_SUB_FRAME_LIMIT_MS
          ? leave(state, { kind: 'late_sub' }, nowMs)
          : same(state)
      return nowMs - phase.sinceMs >= FIRST_FRAME_LIMIT_MS[phase.transport]
        ? leave(state, lateReason(phase.transport), nowMs)
        : same(state)
    case 'live':
      if (state.lastFrameMs !== null && nowMs - state.lastFrameMs >= FROZEN_AFTER_MS) {
        const frozen: Phase = { name: 'frozen', transport: phase.transport, sinceMs: state.lastFrameMs }
        return [{ ...state, phase: frozen }, [{ do: 'ask_camera' }]]
      }
      if (state.probeAtMs !== null && nowMs >= state.probeAtMs) {
        const probeDelayMs = Math.min(state.probeDelayMs * 2, LAST_PROBE_MS)
        return [{ ...state, probeAtMs: nowMs + probeDelayMs, probeDelayMs }, [{ do: 'probe' }]]
      }
      if (state.climbAtMs !== null && nowMs >= state.climbAtMs && phase.transport === 'hls') {
        const better: Way = { source: state.source, transport: 'llhls' }
        return open(state, better, null, nowMs, [{ do: 'close' }])
      }
      return state.switchAtMs !== null && nowMs >= state.switchAtMs ? switchAgain(state, nowMs) : same(state)
    case 'frozen':
      return onFrozenTick(state, phase, nowMs)
    case 'offline':
      if (nowMs < phase.retryAtMs) return same(state)
      return start(state, nowMs)
    default:
      return same(state)
  }
}

function lateReason(transport: Transport): Reason {
  if (transport === 'webrtc') return { kind: 'no_frame' }
  return { kind: 'late', seconds: FIRST_FRAME_LIMIT_MS[transport] / 1_000 }
}

function onFrozenTick(state: PlayerState, phase: Phase & { name: 'frozen' }, nowMs: number): Next {
  const frozenMs = nowMs - phase.sinceMs
  if (state.camera.state !== 'live') {
    return frozenMs >= CAMERA_GONE_LIMIT_MS
      ? offline(state, cameraReason(state.camera), nowMs, [{ do: 'close' }])
      : same(state)
  }
  return frozenMs >= STALL_LIMIT_MS[phase.transport] ? leave(state, { kind: 'stalled' }, nowMs) : same(state)
}

function onLoss(state: PlayerState, percent: number, nowMs: number): Next {
  if (current(state) !== 'webrtc' || state.phase.name !== 'live') return same(state)
  if (percent < LOSS_LIMIT_PERCENT) return same({ ...state, lossSamples: 0 })
  const lossSamples = state.lossSamples + 1
  if (lossSamples < LOSS_SAMPLES || !offeredOf(state).some((each) => each !== 'webrtc'))
    return same({ ...state, lossSamples })
  return leave(state, { kind: 'loss', percent: Math.round(percent) }, nowMs)
}

function onProbeOk(state: PlayerState, nowMs: number): Next {
  if (current(state) === 'webrtc' || current(state) === null) return same(state)
  const source = probedSource(state)
  return [
    {
      ...state,
      source,
      switchAtMs: source === state.wants ? null : state.switchAtMs,
      phase: { name: 'connecting', transport: 'webrtc', sinceMs: nowMs, attempt: 1 },
      down: null,
      probeAtMs: null,
      probeDelayMs: FIRST_PROBE_MS,
      changes: [...state.changes, { atMs: nowMs, transport: 'webrtc' as const, reason: null }].slice(-5),
    },
    [{ do: 'adopt' }],
  ]
}
