/** What this browser can do. H.264 goes everywhere; H.265 only where the machine has a decoder for it. */

import type { Transport } from './player-state'

/** Main profile, level 3.1: a browser that plays this one plays what cameras send. */
const H265_FILE = 'video/mp4; codecs="hvc1.1.6.L93.B0"'

interface Sources {
  isTypeSupported: (type: string) => boolean
}

/** Whether a camera's codec can be shown. A browser that cannot say is asked by trying. */
export function canShow(codec: string, transport: Transport): boolean {
  if (codec !== 'H265') return true
  return transport === 'webrtc' ? receivesH265() : playsH265()
}

function receivesH265(): boolean {
  if (typeof RTCRtpReceiver === 'undefined' || !('getCapabilities' in RTCRtpReceiver)) return true
  const codecs = RTCRtpReceiver.getCapabilities('video')?.codecs
  return codecs?.some(({ mimeType }) => mimeType.toLowerCase() === 'video/h265') ?? true
}

function playsH265(): boolean {
  const { ManagedMediaSource, MediaSource } = window as {
    ManagedMediaSource?: Sources
    MediaSource?: Sources
  }
  const sources = ManagedMediaSource ?? MediaSource
  if (sources?.isTypeSupported(H265_FILE)) return true
  return document.createElement('video').canPlayType(H265_FILE) !== ''
}

/** Whether the server was reached by HTTP/2 or later, which a proxy before it speaks where it has a certificate. */
export function isMultiplexed(): boolean {
  return performance
    .getEntriesByType('resource')
    .some((entry) => /^h[23]/.test((entry as PerformanceResourceTiming).nextHopProtocol))
}
