/** The page's clock may be set while a camera plays: its first poll sets it to the server's. */

import type { PlayerState } from './player-state'

/** A clock that ran so much more or less than time did between two looks has been set. */
const SET_MS = 1_000

/** Notices it: no reason to give a transport up, or to wait for ever. */
export class ClockWatch {
  private before = { nowMs: 0, steadyMs: 0 }

  begin(nowMs: number): void {
    this.before = { nowMs, steadyMs: performance.now() }
  }

  /** By how much the clock was set since the last look; 0 where it was not. */
  findStep(nowMs: number): number {
    const { before } = this
    this.begin(nowMs)
    const byMs = nowMs - before.nowMs - (this.before.steadyMs - before.steadyMs)
    return Math.abs(byMs) < SET_MS ? 0 : byMs
  }
}

/** Moves all times that the page noted; those of the camera are the server's already. */
export function shiftTimes(state: PlayerState, byMs: number): PlayerState {
  const later = (atMs: number | null) => (atMs === null ? null : atMs + byMs)
  const since = (atMs: number) => (atMs === state.camera.stateSinceMs ? atMs : atMs + byMs)
  const { phase, missingSinceMs } = state
  let moved = phase
  if (phase.name === 'offline')
    moved = { ...phase, sinceMs: since(phase.sinceMs), retryAtMs: phase.retryAtMs + byMs }
  else if ('sinceMs' in phase) moved = { ...phase, sinceMs: phase.sinceMs + byMs }
  return {
    ...state,
    phase: moved,
    lastFrameMs: later(state.lastFrameMs),
    missingSinceMs: missingSinceMs === null ? null : since(missingSinceMs),
    probeAtMs: later(state.probeAtMs),
    climbAtMs: later(state.climbAtMs),
    switchAtMs: later(state.switchAtMs),
    changes: state.changes.map((change) => ({ ...change, atMs: change.atMs + byMs })),
  }
}
