/** Keeps a player of HLS as near to the present as its playlist allows. */

/** Further behind than this after a stall, and what lies between is left out; less is caught up with. */
const JUMP_SECONDS = 1
/** What has to be buffered after a jump. */
const JUMP_RESERVE_SECONDS = 0.2
const MOST_FASTER = 0.2

interface Player {
  /** Where it should be on the video's line of time: hls.js. */
  readonly liveSyncPosition: number | null
}

/**
 * How fast to play, and how far to jump, in seconds. behind: seconds to where it should be; ahead: seconds that are
 * buffered; reserve: of these it plays no faster with less.
 */
export function chooseMove(behind: number, ahead: number, reserve: number): { rate: number; jump: number } {
  if (behind > JUMP_SECONDS && ahead - behind >= JUMP_RESERVE_SECONDS) return { rate: 1, jump: behind }
  if (behind < 0.05 || ahead < reserve) return { rate: 1, jump: 0 }
  return { rate: 1 + Math.round(Math.min(MOST_FASTER, behind / 2) * 20) / 20, jump: 0 }
}

/**
 * Does so until what is returned is called. hls.js itself plays faster only while a second is buffered, which is more
 * than low latency has, and stays where it is once it is two seconds late.
 */
export function followEdge(video: HTMLVideoElement, player: Player, reserve: number): () => void {
  const look = () => {
    const wanted = player.liveSyncPosition
    if (video.seeking || wanted === null) return
    const ranges = video.buffered.length
    const ahead = ranges ? video.buffered.end(ranges - 1) - video.currentTime : 0
    const { rate, jump } = chooseMove(wanted - video.currentTime, ahead, reserve)
    if (jump) video.currentTime += jump
    if (video.playbackRate !== rate) video.playbackRate = rate
  }
  video.addEventListener('timeupdate', look)
  return () => {
    video.removeEventListener('timeupdate', look)
    video.playbackRate = 1
  }
}
