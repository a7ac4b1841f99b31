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
      return noteWords(reason.detail) || t`camera này không gửi được`
    case 'camera':
      return serverWords(reason.code, reason.detail) || t`camera không trả lời`
  }
}

/** What the media server says by code, in this language; an unknown code shows the server's own sentence. */
export function serverWords(code: string, sentence: string): string {
  switch (code) {
    case 'name_unknown':
      return t`không tìm thấy tên máy của camera`
    case 'connection_refused':
      return t`camera từ chối kết nối: RTSP đã bật chưa, cổng đúng chưa`
    case 'unreachable':
      return t`không tới được camera: xem mạng và nguồn điện`
    case 'no_answer':
      return t`camera không trả lời: xem mạng và nguồn điện`
    case 'bad_login':
      return t`camera không nhận tên hoặc mật khẩu`
    case 'no_stream':
      return t`camera không có đường hình này`
    case 'bad_answer':
      return t`camera trả lời không hiểu được`
    case 'no_video':
      return t`camera không có hình`
    case 'no_key_frame':
      return t`camera không gửi khung khoá; đặt 1 đến 2 giây một khung`
    case 'bad_video':
      return t`không đọc được hình của camera: chọn hồ sơ hoặc độ phân giải khác`
    case 'over_limit':
      return t`camera gửi quá nhiều, đã ngắt để không cản camera khác`
    case 'connection_cut':
      return t`camera đóng kết nối`
    case 'silent':
      return t`camera thôi gửi hình`
    case 'tls_failed':
      return t`kết nối mã hoá tới camera thất bại`
    case 'forbidden_address':
      return t`địa chỉ của camera không được phép`
    case 'camera_offline':
      return t`camera không có ở đó`
    case 'camera_connecting':
      return t`camera vừa được nối, hình đang tới`
    case 'h265':
      return t`camera gửi H.265, trình duyệt này không xem được. Đặt luồng phụ của camera thành H.264.`
    case 'no_h264':
      return t`camera không gửi H.264, trình duyệt không xem được. Đặt luồng phụ thành H.264.`
    case 'b_frames':
      return t`camera gửi khung B, WebRTC không xem được. Tắt khung B hoặc chọn hồ sơ Baseline.`
    case 'offer_without_h264':
      return t`trình duyệt này không có H.264`
    case 'too_many_viewers':
      return t`quá nhiều người xem camera này`
    case 'too_many_of_yours':
      return t`tài khoản hoặc địa chỉ này đã mở đủ số hình được phép`
    case 'media_server_down':
      return t`phần hình của máy chủ đang khởi động lại`
    case 'key_frames': {
      const seconds = /[\d.]+/.exec(sentence)?.[0] ?? ''
      return t`Khung khoá cách nhau ${seconds} giây: hình mở chậm, lành chậm. Đặt 1 đến 2 giây.`
    }
    default:
      return sentence
  }
}

/** Notes come as sentences only; these are the ones that the server writes. */
export function noteWords(note: string): string {
  if (note.includes('H.265')) return serverWords('h265', note)
  if (note.includes('B-frames')) return serverWords('b_frames', note)
  if (note.includes('which browsers cannot show')) return serverWords('no_h264', note)
  return serverWords(note.startsWith('Key frames') ? 'key_frames' : '', note)
}

export function cameraReason(camera: Camera): string {
  return serverWords(camera.state_code, camera.state_reason)
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
