/** A player of files (HLS, DASH) in a <video>: what the tile needs of it. */

export class Unsupported extends Error {
  override readonly name = 'Unsupported'
}

export interface FileSession {
  /** Behind the camera by the stream's own clock where it has one. Null when not known yet. nowMs: the server's time. */
  latencyMs(nowMs: number): number | null
  stop(): void
}

export interface FileOptions {
  lowLatency: boolean
  /** A failure that the player could not mend; `status` is the HTTP answer, 0 when none came. */
  onFatal: (problem: { status: number }) => void
}
