/** What an owner should know of a camera's picture here: what is fine, and what to set better. Pure. */

import type { Camera } from '@/lib/api/types'

import type { canShow } from './support'

/** What a WebRTC session of a few seconds has shown. */
export interface Trial {
  /** Addresses that the server names in its answer. */
  addresses: readonly string[]
  connected: boolean
  /** Whether it went through a TURN server. */
  relayed: boolean
  /** Whether the server names STUN or TURN servers. */
  helped: boolean
  /** Why the server opened no session; null where it did. */
  refusal: { code: string; detail: string } | null
}

export type Finding = { ok: boolean } & (
  | { about: 'refused'; code: string; detail: string }
  | { about: 'address'; host: string; addresses: string }
  | { about: 'udp'; way: 'straight' | 'relayed' | 'none' | 'none_by_turn'; addresses: string }
  | { about: 'codec'; codec: string; shown: boolean; sub: boolean }
  | { about: 'b_frames'; has: boolean }
  | { about: 'key_frames'; seconds: number }
  | { about: 'sound'; codec: string; heard: boolean }
)

/** Above this a picture starts late and heals late: a relay cannot ask for key frames. */
const MAX_KEY_FRAME_SECONDS = 2.5

/** host: of the address in the browser's bar; one of IPv6 stands in brackets there. */
export function diagnose(camera: Camera, trial: Trial, host: string, can: typeof canShow): Finding[] {
  return [...network(trial, host.replace(/^\[|\]$/g, '')), ...picture(camera, can), ...sound(camera)]
}

function network({ addresses, connected, relayed, helped, refusal }: Trial, host: string): Finding[] {
  if (refusal) return [{ about: 'refused', ok: false, ...refusal }]
  const listed = addresses.join(', ')
  const found: Finding[] = []
  // A name may mean any address; only an address can be compared.
  if (isAddress(host) && !isLoopback(host) && !addresses.includes(host) && !relayed)
    found.push({ about: 'address', ok: connected, host, addresses: listed })
  const way = connected ? (relayed ? 'relayed' : 'straight') : helped ? 'none_by_turn' : 'none'
  return [...found, { about: 'udp', ok: connected, way, addresses: listed }]
}

function picture(camera: Camera, can: typeof canShow): Finding[] {
  const { codec, b_frames: bFrames, key_frame_seconds: seconds } = camera
  const found: Finding[] = []
  if (codec) {
    const shown = codec === 'H264' || (codec === 'H265' && can(codec, 'webrtc'))
    found.push({ about: 'codec', ok: shown, codec, shown, sub: camera.sub?.codec === 'H264' })
  }
  if (bFrames !== null) found.push({ about: 'b_frames', ok: !bFrames, has: bFrames })
  if (seconds !== null) found.push({ about: 'key_frames', ok: seconds <= MAX_KEY_FRAME_SECONDS, seconds })
  return found
}

function sound({ sound_codec: codec, streams }: Camera): Finding[] {
  const heard = streams.some((each) => each.source === 'main' && each.has_sound)
  return [{ about: 'sound', ok: heard || !codec, codec, heard }]
}

function isAddress(host: string): boolean {
  return /^[\d.]+$/.test(host) || host.includes(':')
}

function isLoopback(host: string): boolean {
  return host.startsWith('127.') || host === '::1'
}

/** The addresses of the candidates in an answer, each once, those of this machine itself left out. */
export function addressesIn(sdp: string): string[] {
  const found = [...sdp.matchAll(/^a=candidate:\S+ \d+ \S+ \d+ (\S+) \d+ typ host/gm)].map(
    (match) => match[1] ?? '',
  )
  return [...new Set(found)].filter((address) => !isLoopback(address))
}
