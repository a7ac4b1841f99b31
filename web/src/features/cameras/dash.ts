/** DASH in a <video>: dash.js, fetched only when somebody chooses it. */

import { Unsupported, type FileOptions, type FileSession } from './file-session'

export async function openDash(
  video: HTMLVideoElement,
  url: string,
  { onFatal }: FileOptions,
): Promise<FileSession> {
  const { MediaPlayer, supportsMediaSource } = await import('dashjs')
  if (!supportsMediaSource()) throw new Unsupported('This browser plays no DASH.')
  const player = MediaPlayer().create()
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- its types name a class that it has not
  player.updateSettings({
    streaming: {
      // As far behind as the manifest suggests, a little faster until there.
      liveCatchup: { enabled: true, playbackRate: { max: 0.1, min: -0.1 } },
      retryAttempts: { MPD: 1 },
    },
  })
  player.on(MediaPlayer.events.ERROR, ({ error }) => {
    const data = typeof error === 'object' ? (error.data as { response?: { status?: number } }) : undefined
    onFatal({ status: data?.response?.status ?? 0 })
  })
  player.initialize(video, url, true)
  return {
    latencyMs(nowMs) {
      const playing = player.isReady() ? player.timeAsUTC() * 1_000 : 0
      return playing > 0 ? Math.max(0, nowMs - playing) : null
    },
    stop: () => player.destroy(),
  }
}
