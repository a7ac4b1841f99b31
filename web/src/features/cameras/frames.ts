/** What a <video> tells of the frames that it shows. */

const FRAME_WAIT_MS = 1_000

/** Exact to the frame; a browser without the callback is told by the tick. */
export function firstFrame(video: HTMLVideoElement, then: () => void): void {
  if ('requestVideoFrameCallback' in video) video.requestVideoFrameCallback(then)
}

/** A still that is longer on the screen than this hides a picture that has come. */
const STILL_LIMIT_MS = 2_000

/** Lays the present picture over a <video> whose source is about to change, so that it is not black meanwhile. */
export function coverWithStill(video: HTMLVideoElement): () => void {
  if (!('requestVideoFrameCallback' in video) || !video.videoWidth) return () => undefined
  const still = document.createElement('canvas')
  still.width = video.videoWidth
  still.height = video.videoHeight
  still.getContext('2d')?.drawImage(video, 0, 0)
  video.after(still)
  const timer = setTimeout(() => still.remove(), STILL_LIMIT_MS)
  return () => {
    clearTimeout(timer)
    still.remove()
  }
}

/** From the arrival of a frame's packets to its place on the screen, of the next frame; null where nobody says so. */
export function shownAfterMs(video: HTMLVideoElement | null): Promise<number | null> {
  if (!video || !('requestVideoFrameCallback' in video)) return Promise.resolve(null)
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(null), FRAME_WAIT_MS)
    video.requestVideoFrameCallback((_now, { expectedDisplayTime, receiveTime }) => {
      clearTimeout(timer)
      resolve(receiveTime === undefined ? null : Math.max(0, expectedDisplayTime - receiveTime))
    })
  })
}

/** Counts frames where the browser does, else the media clock: either moves only when the picture does. */
export function framesShown(video: HTMLVideoElement): number {
  const counter: { getVideoPlaybackQuality?: () => VideoPlaybackQuality } = video
  return counter.getVideoPlaybackQuality?.().totalVideoFrames || video.currentTime
}
