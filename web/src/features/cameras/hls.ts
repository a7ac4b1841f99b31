/** HLS in a <video>: hls.js, fetched only when a camera needs it, or the browser's own player on Apple's. */

export class HlsUnsupported extends Error {
  override readonly name = 'HlsUnsupported'
}

export interface HlsSession {
  /** Behind the live edge by the stream's own clock where it has one. Null when not known yet. */
  latencyMs(nowMs: number): number | null
  stop(): void
}

export interface HlsOptions {
  /** A failure that hls.js could not mend; `status` is the HTTP answer, 0 when none came. */
  onFatal: (problem: { status: number }) => void
}

/** Safari plays HLS better than any script does; other browsers' own HLS is too young to rely on. */
function prefersNativeHls(video: HTMLVideoElement, agent = navigator.userAgent): boolean {
  return (
    /^(?!.*(Chrome|Android)).*Safari/.test(agent) && video.canPlayType('application/vnd.apple.mpegurl') !== ''
  )
}

export async function openHls(
  video: HTMLVideoElement,
  url: string,
  options: HlsOptions,
): Promise<HlsSession> {
  return prefersNativeHls(video) ? openNative(video, url, options) : openHlsJs(video, url, options)
}

function openNative(video: HTMLVideoElement, url: string, { onFatal }: HlsOptions): HlsSession {
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

async function openHlsJs(video: HTMLVideoElement, url: string, { onFatal }: HlsOptions): Promise<HlsSession> {
  const { default: Hls } = await import('hls.js')
  if (!Hls.isSupported()) {
    if (video.canPlayType('application/vnd.apple.mpegurl')) return openNative(video, url, { onFatal })
    throw new HlsUnsupported('This browser plays no HLS.')
  }
  const hls = new Hls({
    lowLatencyMode: true,
    // As far behind the edge as the playlist says, a little faster until there, and after a stall a fifth of a second
    // more: each would add a whole one.
    liveSyncOnStallIncrease: 0.2,
    maxLiveSyncPlaybackRate: 1.1,
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
  return {
    latencyMs(nowMs) {
      const playing = hls.playingDate?.getTime()
      if (playing) return Math.max(0, nowMs - playing)
      return hls.latency > 0 ? hls.latency * 1_000 : null
    },
    stop: () => hls.destroy(),
  }
}
