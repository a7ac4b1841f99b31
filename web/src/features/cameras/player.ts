/** Drives one <video>: runs the machine's effects, feeds it frames, statistics and time. */

import { firstFrame, framesShown, shownAfterMs } from './frames'
import { HlsUnsupported, openHls, type HlsSession } from './hls'
import {
  current,
  initialState,
  step,
  type CameraFacts,
  type Effect,
  type PlayerEvent,
  type PlayerState,
  type Reason,
  type Transport,
} from './player-machine'
import { connectWhep, frameRate, lossPercent, WhepRefused, type WhepSession, type WhepStats } from './whep'
import { Listeners } from '@/lib/listeners'

export interface LatencySample {
  atMs: number
  latencyMs: number
  transport: Transport
}

export interface PlayerView {
  state: PlayerState
  /** Newest measured latency of the open transport; null until measured. */
  latencyMs: number | null
  samples: readonly LatencySample[]
  framesPerSecond: number | null
  codec: string
}

interface PlayerOptions {
  urlOf: (transport: Transport) => string
  /** Asks the server for the camera's record again; the answer comes back through setCamera. */
  askCamera?: () => void
  fetch?: typeof fetch
  /** The server's clock, for latency by the stream's own dates. */
  serverNow?: () => number
  now?: () => number
  connect?: typeof connectWhep
  openHls?: typeof openHls
}

const TICK_MS = 250
const STATS_EVERY_MS = 2_000
const SAMPLES_KEPT_MS = 5 * 60_000
const PROBE_LIMIT_MS = 4_000
/** A clock that ran so much more or less than time did between two ticks has been set. */
const CLOCK_SET_MS = 1_000

export class Player {
  private view: PlayerView = {
    state: initialState(),
    latencyMs: null,
    samples: [],
    framesPerSecond: null,
    codec: '',
  }
  private readonly listeners = new Listeners()
  private video: HTMLVideoElement | null = null
  private whep: WhepSession | null = null
  private hls: HlsSession | null = null
  private probe: WhepSession | null = null
  /** Rises with every open and close, so that a late answer to an old attempt is thrown away. */
  private attempt = 0
  private aborter: AbortController | null = null
  private timer: ReturnType<typeof setInterval> | null = null
  private framesSeen = 0
  private statsAtMs = 0
  private tickedAt = { nowMs: 0, steadyMs: 0 }
  private lastStats: WhepStats | null = null

  constructor(private readonly options: PlayerOptions) {}

  readonly subscribe = this.listeners.subscribe

  readonly snapshot = (): PlayerView => this.view

  attach(video: HTMLVideoElement | null): void {
    if (this.video === video) return
    if (this.video) this.pause()
    this.video = video
  }

  setCamera(camera: CameraFacts): void {
    this.send({ type: 'camera', camera })
  }

  play(): void {
    if (!this.video || this.timer) return
    this.tickedAt = { nowMs: this.now(), steadyMs: performance.now() }
    this.timer = setInterval(() => this.tick(), TICK_MS)
    this.send({ type: 'play' })
  }

  pause(): void {
    if (this.timer) clearInterval(this.timer)
    this.timer = null
    this.send({ type: 'pause' })
  }

  private now(): number {
    return this.options.now?.() ?? Date.now()
  }

  private send(event: PlayerEvent): void {
    const [state, effects] = step(this.view.state, event, this.now())
    if (state !== this.view.state) {
      const quiet = event.type === 'frame' && state.phase === this.view.state.phase
      this.view = { ...this.view, state }
      if (!quiet) this.listeners.notify()
    }
    for (const effect of effects) this.run(effect)
  }

  private run(effect: Effect): void {
    switch (effect.do) {
      case 'open':
        if (effect.transport === 'webrtc') void this.openWebrtc()
        else void this.openHls()
        return
      case 'close':
        this.close()
        return
      case 'probe':
        void this.probeWebrtc()
        return
      case 'adopt_probe':
        this.adoptProbe()
        return
      case 'ask_camera':
        this.options.askCamera?.()
    }
  }

  private tick(): void {
    this.noticeSetClock()
    const frames = this.video ? framesShown(this.video) : 0
    // A new source starts counting at 0 again, so different is enough.
    if (frames > 0 && frames !== this.framesSeen) this.send({ type: 'frame' })
    this.framesSeen = frames
    this.send({ type: 'tick' })
    const nowMs = this.now()
    if (nowMs - this.statsAtMs >= STATS_EVERY_MS && this.view.state.phase.name === 'live') {
      this.statsAtMs = nowMs
      void this.measure(nowMs)
    }
  }

  /** The page's first poll sets its clock to the server's: no reason to give a transport up, or to wait for ever. */
  private noticeSetClock(): void {
    const before = this.tickedAt
    const after = (this.tickedAt = { nowMs: this.now(), steadyMs: performance.now() })
    const byMs = after.nowMs - before.nowMs - (after.steadyMs - before.steadyMs)
    if (Math.abs(byMs) < CLOCK_SET_MS) return
    this.statsAtMs += byMs
    this.send({ type: 'clock', byMs })
  }

  private async openWebrtc(): Promise<void> {
    const attempt = this.begin()
    if (typeof RTCPeerConnection === 'undefined' && !this.options.connect) {
      this.send({ type: 'failed', transport: 'webrtc', reason: { kind: 'unsupported' } })
      return
    }
    try {
      const session = await this.connect(() => {
        if (attempt === this.attempt)
          this.send({ type: 'failed', transport: 'webrtc', reason: { kind: 'blocked' } })
      })
      if (attempt !== this.attempt) {
        session.stop()
        return
      }
      this.whep = session
      this.show(session)
    } catch (error) {
      if (attempt === this.attempt) this.refused('webrtc', error)
    }
  }

  private connect(onFailed: () => void): Promise<WhepSession> {
    const connect = this.options.connect ?? connectWhep
    return connect(this.options.urlOf('webrtc'), {
      onFailed,
      ...(this.aborter ? { signal: this.aborter.signal } : {}),
      ...(this.options.fetch ? { fetch: this.options.fetch } : {}),
    })
  }

  private show(session: WhepSession): void {
    if (!this.video) return
    this.framesSeen = framesShown(this.video)
    this.video.srcObject = session.stream
    void this.video.play().catch(() => undefined)
    // Exact to the frame where the browser can say so; the tick is the fallback.
    const attempt = this.attempt
    firstFrame(this.video, () => {
      if (attempt === this.attempt) this.send({ type: 'frame' })
    })
  }

  private async openHls(): Promise<void> {
    const attempt = this.begin()
    if (!this.video) return
    this.video.srcObject = null
    this.framesSeen = framesShown(this.video)
    try {
      const session = await (this.options.openHls ?? openHls)(this.video, this.options.urlOf('hls'), {
        onFatal: ({ status }) => {
          if (attempt !== this.attempt) return
          if (status === 401 || status === 403) {
            this.send({ type: 'denied' })
            return
          }
          const reason: Reason = status
            ? { kind: 'refused', code: String(status), detail: '' }
            : { kind: 'unreachable' }
          this.send({ type: 'failed', transport: 'hls', reason })
        },
      })
      if (attempt !== this.attempt) {
        session.stop()
        return
      }
      this.hls = session
    } catch (error) {
      // The player itself is fetched when it is first needed: without the server it does not come.
      const kind = error instanceof HlsUnsupported ? 'unsupported' : 'unreachable'
      if (attempt === this.attempt) this.send({ type: 'failed', transport: 'hls', reason: { kind } })
    }
  }

  private refused(transport: Transport, error: unknown): void {
    if (!(error instanceof WhepRefused)) {
      this.send({ type: 'failed', transport, reason: { kind: 'unreachable' } })
      return
    }
    if (error.status === 401 || (error.status === 403 && error.code !== 'bad_origin')) {
      this.send({ type: 'denied' })
      return
    }
    const reason = refusalReason(error)
    this.send({ type: 'failed', transport, reason })
  }

  private begin(): number {
    this.aborter = new AbortController()
    this.lastStats = null
    this.view = { ...this.view, latencyMs: null, framesPerSecond: null }
    return ++this.attempt
  }

  private close(): void {
    this.attempt++
    this.aborter?.abort()
    this.aborter = null
    this.whep?.stop()
    this.hls?.stop()
    this.probe?.stop()
    this.whep = this.hls = this.probe = null
    // The last picture stays on the screen: srcObject is replaced by the next transport, not cleared.
    if (this.view.latencyMs !== null) {
      this.view = { ...this.view, latencyMs: null, framesPerSecond: null }
      this.listeners.notify()
    }
  }

  /** Opens WebRTC beside the HLS that is playing, and changes over only when frames really arrive. */
  private async probeWebrtc(): Promise<void> {
    if (this.probe) return
    const attempt = this.attempt
    try {
      const session = await this.connect(() => undefined)
      if (attempt !== this.attempt) {
        session.stop()
        return
      }
      this.probe = session
      const deadline = this.now() + PROBE_LIMIT_MS
      while (this.now() < deadline && attempt === this.attempt) {
        if (((await session.stats())?.framesReceived ?? 0) > 0) {
          this.send({ type: 'probe_ok' })
          return
        }
        await new Promise((resolve) => setTimeout(resolve, 250))
      }
    } catch {
      // Told below: a refused probe changes nothing on the screen.
    }
    if (attempt === this.attempt) {
      this.probe?.stop()
      this.probe = null
      this.send({ type: 'probe_failed' })
    }
  }

  private adoptProbe(): void {
    const session = this.probe
    if (!session) return
    this.hls?.stop()
    this.hls = this.probe = null
    this.attempt++
    this.lastStats = null
    this.whep = session
    this.show(session)
  }

  private async measure(nowMs: number): Promise<void> {
    const transport = current(this.view.state)
    const attempt = this.attempt
    if (transport === 'webrtc' && this.whep) {
      const stats = await this.whep.stats()
      if (!stats) return
      const before = this.lastStats
      this.lastStats = stats
      if (before) this.send({ type: 'loss', percent: lossPercent(before, stats) })
      const shownMs = (await shownAfterMs(this.video)) ?? stats.bufferedMs
      if (attempt !== this.attempt) return
      const latencyMs = shownMs === null ? null : stats.travelMs + shownMs
      this.sampled(nowMs, 'webrtc', latencyMs, before && frameRate(before, stats), stats.codec)
    } else if (transport === 'hls' && this.hls) {
      const serverNow = this.options.serverNow?.() ?? nowMs
      this.sampled(nowMs, 'hls', this.hls.latencyMs(serverNow), null, this.view.codec)
    }
  }

  private sampled(
    atMs: number,
    transport: Transport,
    latencyMs: number | null,
    framesPerSecond: number | null,
    codec: string,
  ) {
    const samples = this.view.samples.filter((sample) => atMs - sample.atMs < SAMPLES_KEPT_MS)
    if (latencyMs !== null) samples.push({ atMs, latencyMs, transport })
    this.view = { ...this.view, latencyMs, samples, framesPerSecond, codec }
    this.listeners.notify()
  }
}

function refusalReason({ status, code, message: detail }: WhepRefused): Reason {
  if (status === 0) return { kind: 'unreachable' }
  return { kind: code.startsWith('camera_') ? 'camera' : 'refused', code, detail }
}
