/** The cameras' words: transports, reasons, states. */

import { t } from '@lingui/core/macro'

import type { Camera } from '@/lib/api/types'
import { formatNumber } from '@/lib/i18n'

import type { PlayerView } from './player'
import type { Reason, Transport } from './player-machine'

export function transportWords(transport: Transport): string {
  return transport === 'webrtc' ? 'WebRTC' : 'HLS'
}

/** `0,12 giây`. */
export function latencyWords(latencyMs: number): string {
  const seconds = formatNumber(latencyMs / 1000)
  return t`${seconds} giây`
}

export function reasonWords(reason: Reason): string {
  switch (reason.kind) {
    case 'no_frame':
      return t`không có hình sau 3 giây`
    case 'stalled':
      return t`hình đứng lại`
    case 'loss': {
      const percent = reason.percent
      return t`mất ${percent} % gói`
    }
    case 'blocked':
      return t`mạng chặn UDP`
    case 'unsupported':
      return t`trình duyệt không hỗ trợ`
    case 'unreachable':
      return t`máy chủ không trả lời`
    case 'refused':
      return serverWords(reason.code, reason.detail) || t`máy chủ từ chối`
    case 'not_offered':
      return serverWords('', reason.detail) || t`camera này không gửi được`
    case 'camera':
      return serverWords('', reason.detail) || t`camera không trả lời`
  }
}

/** Sentences of the media server in this language; an unknown one stays as the server wrote it. */
export function serverWords(code: string, detail: string): string {
  switch (code) {
    case 'h265':
    case 'codec':
    case 'codec_unsupported':
      return t`camera gửi H.265, trình duyệt không xem được`
    case 'b_frames':
      return t`camera gửi khung B`
    case 'no_h264':
      return t`camera không gửi H.264`
    case 'wrong_password':
    case 'unauthorized':
      return t`sai tên hoặc mật khẩu của camera`
    case 'unreachable':
    case 'refused':
      return t`không nối được tới camera`
    case 'timeout':
      return t`camera không trả lời`
    case 'not_found':
      return t`camera không có đường hình này`
    default:
      return detail
  }
}

export function cameraReason(camera: Camera): string {
  const code = 'state_code' in camera && typeof camera.state_code === 'string' ? camera.state_code : ''
  return serverWords(code, camera.state_reason)
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
      return t`đang nối`
    case 'frozen':
      return t`hình dừng`
    case 'offline':
      return t`mất kết nối`
    case 'unplayable':
      return t`không xem được`
    case 'denied':
      return t`giới hạn`
    case 'paused':
      return t`đang nghỉ`
  }
}
