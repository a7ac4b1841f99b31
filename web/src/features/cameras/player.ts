/** Drives one <video>: runs the machine's effects, feeds it frames, statistics and time. */

import { Beside } from './beside'
import { coverWithStill, firstFrame, framesShown } from './frames'
import { openDash } from './dash'
import type { FileSession } from './file-session'
import { openHls } from './hls'
import { ClockWatch } from './player-clock'
import { step } from './player-machine'
import { keepSamples, WhepMeter, type LatencySample, type Shown } from './player-measures'
import { failed, fileRefused, filesNotOpened, whepRefused } from './player-refusals'
import {
  current,
  initialState,
  type CameraFacts,
  type Effect,
  type PlayerEvent,
  type PlayerState,
  type Source,
  type Transport,
} from './player-state'
import { probedSource } from './player-ways'
import { connectWhep, type WhepSession } from './whep'
import { Listeners } from '@/lib/listeners'

export interface PlayerView {
  state: PlayerState
  /** Newest measured latency of the open transport; null until measured. */
  latencyMs: number | null
  samples: readonly LatencySample[]
  framesPerSecond: number | null
  codec: string
}

interface PlayerOptions {
  urlOf: (transport: Transport, source: Source) => string
  /** Asks the server for the camera's record again; the answer comes back through setCamera. */
  askCamera?: () => void
  fetch?: typeof fetch
  /** The server's clock, for latency by the stream's own dates. */
  serverNow?: () => number
  now?: () => number
  connect?: typeof connectWhep
  iceServers?: () => Promise<RTCIceServer[]>
  openHls?: typeof openHls
  openDash?: typeof openDash
}

const TICK_MS = 250
const STATS_EVERY_MS = 2_000
const PROBE_LIMIT_MS = 4_000
/** A sub stream is connected first, and its key frame may be seconds away. */
const SWITCH_LIMIT_MS = 8_000
/** A tile that goes may come back at once on another page: its connection is moved there. */
export const LINGER_MS = 500

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
  /** Of HLS or DASH. */
  private files: FileSession | null = null
  private readonly beside = new Beside()
  private hearing = false
  private leaving: ReturnType<typeof setTimeout> | null = null
  /** Rises with every open and close, so that a late answer to an old attempt is thrown away. */
  private attempt = 0
  private aborter: AbortController | null = null
  private timer: ReturnType<typeof setInterval> | null = null
  private framesSeen = 0
  private statsAtMs = 0
  private readonly clock = new ClockWatch()
  private readonly meter = new WhepMeter()

  constructor(private readonly options: PlayerOptions) {}

  readonly subscribe = this.listeners.subscribe

  readonly snapshot = (): PlayerView => this.view

  attach(video: HTMLVideoElement | null): void {
    if (this.video === video) return
    if (!video) {
      this.rest()
      return
    }
    const moved = this.video !== null
    this.video = video
    if (!moved || !this.timer) return
    if (this.whep) this.show(this.whep)
    else this.pause()
  }

  /** Which stream fits the tile: shown as soon as it has a picture. */
  want(source: Source): void {
    this.send({ type: 'want', source })
  }

  /** Play by this transport, where it can be had; null for the best. */
  choose(transport: Transport | null): void {
    this.send({ type: 'choose', transport })
  }

  /** Whether somebody hears the camera. WebRTC brings sound only then. */
  hear(hearing: boolean): void {
    this.hearing = hearing
    void this.matchSound()
  }

  setCamera(camera: CameraFacts): void {
    this.send({ type: 'camera', camera })
  }

  play(): void {
    this.stay()
    if (!this.video || this.timer) return
    this.clock.begin(this.now())
    this.timer = setInterval(() => this.tick(), TICK_MS)
    this.send({ type: 'play' })
  }

  /** Nobody looks any more: pauses in a moment, unless somebody does again. */
  rest(): void {
    this.leaving ??= setTimeout(() => this.pause(), LINGER_MS)
  }

  private stay(): void {
    if (this.leaving) clearTimeout(this.leaving)
    this.leaving = null
  }

  pause(): void {
    this.stay()
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
        else void this.openFiles(effect.transport)
        return
      case 'close':
        this.close()
        return
      case 'probe':
        void this.openBeside(probedSource(this.view.state), PROBE_LIMIT_MS, { type: 'probe_ok' })
        return
      case 'switch':
        void this.openBeside(this.view.state.wants, SWITCH_LIMIT_MS, { type: 'switch_ok' })
        return
      case 'adopt':
        this.adopt()
        return
      case 'abandon':
        this.beside.stop()
        return
      case 'ask_camera':
        this.options.askCamera?.()
    }
  }

  private tick(): void {
    const byMs = this.clock.findStep(this.now())
    if (byMs !== 0) {
      this.statsAtMs += byMs
      this.send({ type: 'clock', byMs })
    }
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

  private async openWebrtc(): Promise<void> {
    const { attempt, signal } = this.begin()
    if (typeof RTCPeerConnection === 'undefined' && !this.options.connect) {
      this.send(failed('webrtc', { kind: 'unsupported' }))
      return
    }
    try {
      const session = await this.connect(this.view.state.source, signal)
      if (attempt !== this.attempt) {
        session.stop()
        return
      }
      this.whep = session
      this.show(session)
      void this.matchSound()
    } catch (error) {
      if (attempt === this.attempt) this.send(whepRefused(error))
    }
  }

  /** Opens a session; should its connection fail while it is the shown one, its transport is left. */
  private async connect(source: Source, signal: AbortSignal): Promise<WhepSession> {
    let opened: WhepSession | null = null
    opened = await (this.options.connect ?? connectWhep)(this.options.urlOf('webrtc', source), {
      onFailed: () => {
        if (opened !== null && opened === this.whep) this.send(failed('webrtc', { kind: 'blocked' }))
      },
      signal,
      withSound: this.hearing,
      ...(this.options.fetch ? { fetch: this.options.fetch } : {}),
      ...(this.options.iceServers ? { iceServers: this.options.iceServers } : {}),
    })
    return opened
  }

  private show(session: WhepSession): void {
    if (!this.video) return
    this.framesSeen = framesShown(this.video)
    const uncover = coverWithStill(this.video)
    this.video.srcObject = session.stream
    void this.video.play().catch(() => undefined)
    // Exact to the frame where the browser can say so; the tick is the fallback.
    const attempt = this.attempt
    firstFrame(this.video, () => {
      uncover()
      if (attempt === this.attempt) this.send({ type: 'frame' })
    })
  }

  private async openFiles(transport: Transport): Promise<void> {
    const { attempt } = this.begin()
    if (!this.video) return
    this.video.srcObject = null
    this.framesSeen = framesShown(this.video)
    try {
      const opened =
        transport === 'dash' ? (this.options.openDash ?? openDash) : (this.options.openHls ?? openHls)
      const session = await opened(this.video, this.options.urlOf(transport, this.view.state.source), {
        lowLatency: transport === 'llhls',
        onFatal: ({ status }) => {
          if (attempt === this.attempt) this.send(fileRefused(transport, status))
        },
      })
      if (attempt !== this.attempt) {
        session.stop()
        return
      }
      this.files = session
    } catch (error) {
      if (attempt === this.attempt) this.send(filesNotOpened(transport, error))
    }
  }

  private begin(): { attempt: number; signal: AbortSignal } {
    const { signal } = (this.aborter = new AbortController())
    this.view = { ...this.view, latencyMs: null, framesPerSecond: null }
    return { attempt: ++this.attempt, signal }
  }

  private close(): void {
    this.attempt++
    this.aborter?.abort()
    this.aborter = null
    this.whep?.stop()
    this.files?.stop()
    this.beside.stop()
    this.whep = this.files = null
    // The last picture stays on the screen: srcObject is replaced by the next transport, not cleared.
    if (this.view.latencyMs !== null) {
      this.view = { ...this.view, latencyMs: null, framesPerSecond: null }
      this.listeners.notify()
    }
  }

  /** Opens a stream by WebRTC beside what is shown, which stays until the other has a picture. */
  private async openBeside(source: Source, limitMs: number, whenShown: PlayerEvent): Promise<void> {
    if (await this.beside.open((signal) => this.connect(source, signal), limitMs)) this.send(whenShown)
  }

  private adopt(): void {
    const session = this.beside.take()
    if (!session) return
    const before = this.whep
    this.files?.stop() // it empties the <video>
    this.files = null
    this.attempt++
    this.whep = session
    this.show(session)
    before?.stop()
    void this.matchSound()
  }

  /** Opens the stream anew, with sound or without, unless another stream is on its way: that one has what is wanted. */
  private async matchSound(): Promise<void> {
    const { whep, hearing } = this
    if (!whep || whep.withSound === hearing || this.beside.isOpen) return
    const { source } = this.view.state
    const isThere = await this.beside.open((signal) => this.connect(source, signal), SWITCH_LIMIT_MS)
    if (isThere && this.whep === whep) this.adopt()
  }

  private async measure(nowMs: number): Promise<void> {
    const transport = current(this.view.state)
    const attempt = this.attempt
    if (transport === 'webrtc' && this.whep) {
      const measured = await this.meter.measure(this.whep, this.video)
      if (!measured || attempt !== this.attempt) return
      this.sampled(nowMs, transport, measured)
      if (measured.lossPercent !== null) this.send({ type: 'loss', percent: measured.lossPercent })
    } else if (transport && this.files) {
      const serverNow = this.options.serverNow?.() ?? nowMs
      const latencyMs = this.files.latencyMs(serverNow)
      this.sampled(nowMs, transport, { latencyMs, framesPerSecond: null, codec: this.view.codec })
    }
  }

  private sampled(atMs: number, transport: Transport, measured: Shown): void {
    const { latencyMs, framesPerSecond, codec } = measured
    const samples = keepSamples(this.view.samples, atMs)
    if (latencyMs !== null) samples.push({ atMs, latencyMs, transport })
    this.view = { ...this.view, latencyMs, samples, framesPerSecond, codec }
    this.listeners.notify()
  }
}
