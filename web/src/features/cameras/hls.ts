/** HLS in a <video>: hls.js, fetched only when a camera needs it, or the browser's own player on Apple's. */

import { Unsupported, type FileOptions, type FileSession } from './file-session'
import { followEdge } from './live-edge'

/** Plain HLS, in segments of the target duration behind the edge: enough for a playlist that comes late. */
const PLAIN_SEGMENTS_BEHIND = 2
/** Of what is buffered, with less of which the player does not hurry: a part, or a segment, and some. */
const RESERVE_SECONDS = { lowLatency: 0.3, plain: 1 }

/** Safari plays HLS better than any script does; other browsers' own HLS is too young to rely on. */
function prefersNativeHls(video: HTMLVideoElement, agent = navigator.userAgent): boolean {
  return (
    /^(?!.*(Chrome|Android)).*Safari/.test(agent) && video.canPlayType('application/vnd.apple.mpegurl') !== ''
  )
}

export async function openHls(
  video: HTMLVideoElement,
  url: string,
  options: FileOptions,
): Promise<FileSession> {
  return prefersNativeHls(video) ? openNative(video, url, options) : openHlsJs(video, url, options)
}

function openNative(video: HTMLVideoElement, url: string, { onFatal }: FileOptions): FileSession {
  const failed = () => onFatal({ status: 0 })
  video.addEventListener('error', failed)
  video.src = url
  void video.play().catch(() => undefined)
  return {
    latencyMs(nowMs) {
      const start = (video as HTMLVideoElement & { getStartDate?: () => Date }).getStartDate?.().getTime()
      return start ? nowMs - (start + video.currentTime * 1_000) : null
    },
    stop() {
      video.removeEventListener('error', failed)
      video.removeAttribute('src')
      video.load()
    },
  }
}

async function openHlsJs(video: HTMLVideoElement, url: string, options: FileOptions): Promise<FileSession> {
  const { lowLatency, onFatal } = options
  const { default: Hls } = await import('hls.js')
  if (!Hls.isSupported()) {
    if (video.canPlayType('application/vnd.apple.mpegurl')) return openNative(video, url, options)
    throw new Unsupported('This browser plays no HLS.')
  }
  const hls = new Hls({
    lowLatencyMode: true,
    ...(lowLatency ? {} : { liveSyncDurationCount: PLAIN_SEGMENTS_BEHIND }),
    // As far behind the edge as the playlist says, and after a stall a fifth of a second more: each would add a whole
    // one. followEdge() keeps it there.
    liveSyncOnStallIncrease: 0.2,
    maxLiveSyncPlaybackRate: 1,
    backBufferLength: 10,
    // A camera that has just been connected has no segment yet: the server lets the first playlist wait for it.
    manifestLoadPolicy: {
      default: {
        maxTimeToFirstByteMs: 8_000,
        maxLoadTimeMs: 10_000,
        timeoutRetry: { maxNumRetry: 1, retryDelayMs: 500, maxRetryDelayMs: 500 },
        errorRetry: { maxNumRetry: 1, retryDelayMs: 500, maxRetryDelayMs: 500 },
      },
    },
  })
  let mended = false
  hls.on(Hls.Events.ERROR, (_event, data) => {
    if (!data.fatal) return
    if (data.type === Hls.ErrorTypes.MEDIA_ERROR && !mended) {
      mended = true
      hls.recoverMediaError()
      return
    }
    onFatal({ status: data.response?.code ?? 0 })
  })
  hls.loadSource(url)
  hls.attachMedia(video)
  void video.play().catch(() => undefined)
  const stopFollowing = followEdge(video, hls, RESERVE_SECONDS[lowLatency ? 'lowLatency' : 'plain'])
  return {
    latencyMs(nowMs) {
      const playing = hls.playingDate?.getTime()
      if (playing) return Math.max(0, nowMs - playing)
      return hls.latency > 0 ? hls.latency * 1_000 : null
    },
    stop() {
      stopFollowing()
      hls.destroy()
    },
  }
}
