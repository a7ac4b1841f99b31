/** The cameras' words: transports, reasons, states. */

import { t } from '@lingui/core/macro'

import type { Camera } from '@/lib/api/types'
import { serverWords } from '@/lib/cameraReasons'
import { formatNumber } from '@/lib/i18n'

import type { PlayerView } from './player'
import type { Reason, Transport } from './player-state'

export function transportWords(transport: Transport): string {
  return { webrtc: 'WebRTC', llhls: 'LL-HLS', hls: 'HLS', dash: 'DASH' }[transport]
}

/** The smallest that is shown: what is measured below is no more exact than this, and no picture takes no time. */
export const SHORTEST_MS = 10

/** `0,12 giây`. */
export function latencyWords(latencyMs: number): string {
  const seconds = formatNumber(Math.max(SHORTEST_MS, latencyMs) / 1000, 2)
  return t`${seconds} s`
}

export function reasonWords(reason: Reason): string {
  switch (reason.kind) {
    case 'no_frame':
      return t`no picture within 3 s`
    case 'late': {
      const seconds = reason.seconds
      return t`no picture within ${seconds} s`
    }
    case 'late_sub':
      return t`no picture of the sub stream within 6 s`
    case 'stalled':
      return t`the picture froze`
    case 'loss': {
      const percent = reason.percent
      return t`${percent} % of packets lost`
    }
    case 'blocked':
      return t`the network blocks UDP`
    case 'unsupported':
      return t`the browser lacks support`
    case 'unreachable':
      return t`the server does not answer`
    case 'refused':
      return serverWords(reason.code, reason.detail) || t`the server refused`
    case 'not_offered':
      return noteWords(reason.detail) || t`this camera cannot send it`
    case 'camera':
      return serverWords(reason.code, reason.detail) || t`the camera does not answer`
  }
}

/** Notes come as sentences only; these are the ones that the server writes. */
export function noteWords(note: string): string {
  if (note.startsWith('Where the main stream')) return serverWords('sub_instead', note)
  if (note.startsWith('The sub stream cannot')) return serverWords('sub_unfit', note)
  if (note.startsWith('Some browsers')) return serverWords('h265_some', note)
  if (note.includes('H.265')) return serverWords('h265', note)
  if (note.includes('B-frames')) return serverWords('b_frames', note)
  if (note.includes('which browsers cannot show')) return serverWords('no_h264', note)
  return serverWords(note.startsWith('Key frames') ? 'key_frames' : '', note)
}

export function cameraReason(camera: Camera): string {
  return serverWords(camera.state_code, camera.state_reason)
}

/** What is known of the sub stream: why it does not come, else its size. */
export function subWords({ state_code, state_reason, height }: NonNullable<Camera['sub']>): string {
  if (state_code) return serverWords(state_code, state_reason)
  return height ? `${height}p` : t`not watched yet`
}

/** The short state for labels and tallies. */
export function phaseWords({ state, latencyMs }: PlayerView): string {
  const { phase } = state
  switch (phase.name) {
    case 'live': {
      const transport = transportWords(phase.transport)
      return latencyMs === null ? transport : `${transport} ${latencyWords(latencyMs)}`
    }
    case 'connecting':
      return t`connecting`
    case 'frozen':
      return t`picture stopped`
    case 'offline':
      return t`offline`
    case 'unplayable':
      return t`cannot be shown`
    case 'denied':
      return t`restricted`
    case 'paused':
      return t`paused`
  }
}
