/** A session that is opened beside the one that is shown, to take its place once it has a picture. */

import type { WhepSession } from './whep'

const LOOK_EVERY_MS = 100

export class Beside {
  private session: WhepSession | null = null
  private aborter: AbortController | null = null

  get isOpen(): boolean {
    return this.aborter !== null
  }

  /**
   * Opens one, in the place of another that may still be opening. True when its frames arrive within the time: then
   * `take` gives it. False when none do, or the server refuses. Null when it was stopped meanwhile.
   */
  async open(
    connect: (signal: AbortSignal) => Promise<WhepSession>,
    limitMs: number,
  ): Promise<boolean | null> {
    this.stop()
    const aborter = (this.aborter = new AbortController())
    const isWanted = () => this.aborter === aborter
    const session = await connect(aborter.signal).catch(() => null)
    if (!isWanted()) {
      session?.stop()
      return null
    }
    this.session = session
    if (session && (await hasPicture(session, limitMs, isWanted))) return true
    if (!isWanted()) return null
    this.stop()
    return false
  }

  /** The session, whose owner is now the caller; null where none is open. */
  take(): WhepSession | null {
    const { session } = this
    this.session = this.aborter = null
    return session
  }

  stop(): void {
    this.aborter?.abort()
    this.session?.stop()
    this.session = this.aborter = null
  }
}

/** Whether frames arrive within this time; false as soon as nobody waits for them any more. */
async function hasPicture(session: WhepSession, limitMs: number, isWanted: () => boolean): Promise<boolean> {
  const until = performance.now() + limitMs
  while (performance.now() < until && isWanted()) {
    const stats = await session.stats().catch(() => null)
    if ((stats?.framesReceived ?? 0) > 0) return isWanted()
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
  return false
}
