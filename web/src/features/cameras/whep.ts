/** A WHEP client (RFC 9725): one POST of an offer, one answer, media over WebRTC, DELETE to end. */

/** Why the server did not open a session; `status` 0 means that no answer came. */
export class WhepRefused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
  ) {
    super(detail)
    this.name = 'WhepRefused'
  }
}

export interface WhepStats {
  framesReceived: number
  packetsReceived: number
  packetsLost: number
  /** Half the round trip: how long a packet travels. */
  travelMs: number
  /** Jitter buffer and decoding, on average; the browser's drawing is not in it. Null before the first frame. */
  bufferedMs: number | null
  codec: string
  framesDecoded: number
  /** When the browser counted. */
  atMs: number
}

export interface WhepSession {
  readonly stream: MediaStream
  /** Whether sound was asked for; the camera may have none. */
  readonly withSound: boolean
  stats(): Promise<WhepStats | null>
  stop(): void
}

interface WhepOptions {
  /** Browsers hold the picture back until its sound is there: only for who hears it. */
  withSound?: boolean
  /** Called once when the connection fails for good; never after stop(). */
  onFailed: () => void
  signal?: AbortSignal
  /** fetch with the session's credentials and CSRF header. */
  fetch?: typeof fetch
  createConnection?: (configuration: RTCConfiguration) => RTCPeerConnection
  /** STUN and TURN servers; none on a local network. */
  iceServers?: () => Promise<RTCIceServer[]>
}

/** Host candidates are all there is on a LAN; a slow STUN server must not eat the 3 s a first frame may take. */
const GATHERING_LIMIT_MS = 1_500

/** Opens a receive-only session; rejects with WhepRefused when the server says no. */
export async function connectWhep(url: string, options: WhepOptions): Promise<WhepSession> {
  const request = options.fetch ?? fetch
  const withSound = options.withSound ?? false
  const configuration = { iceServers: (await options.iceServers?.()) ?? [] }
  const connection = options.createConnection?.(configuration) ?? new RTCPeerConnection(configuration)
  const stream = new MediaStream()
  let resource: string | null = null
  const life = { stopped: false }

  const stop = () => {
    if (life.stopped) return
    life.stopped = true
    connection.close()
    if (resource) void request(resource, { method: 'DELETE', keepalive: true }).catch(() => undefined)
  }
  options.signal?.addEventListener('abort', stop, { once: true })
  if (options.signal?.aborted) stop()

  connection.addTransceiver('video', { direction: 'recvonly' })
  if (withSound) connection.addTransceiver('audio', { direction: 'recvonly' })
  connection.ontrack = ({ track, receiver }) => {
    receiver.jitterBufferTarget = 0
    stream.addTrack(track)
  }
  connection.onconnectionstatechange = () => {
    if (connection.connectionState === 'failed' && !life.stopped) options.onFailed()
  }

  try {
    await connection.setLocalDescription(await connection.createOffer())
    await waitForCandidates(connection)
    const response = await request(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/sdp', Accept: 'application/sdp' },
      body: connection.localDescription?.sdp ?? '',
      ...(options.signal ? { signal: options.signal } : {}),
    })
    if (response.status !== 201) throw await refusal(response)
    const location = response.headers.get('Location')
    resource = location ? new URL(location, new URL(url, document.baseURI)).href : null
    if (life.stopped && resource) void request(resource, { method: 'DELETE' }).catch(() => undefined)
    await connection.setRemoteDescription({ type: 'answer', sdp: await response.text() })
  } catch (error) {
    stop()
    if (error instanceof WhepRefused || (error instanceof DOMException && error.name === 'AbortError'))
      throw error
    throw new WhepRefused(0, 'unreachable', error instanceof Error ? error.message : String(error))
  }
  return { stream, withSound, stop, stats: () => readStats(connection) }
}

function waitForCandidates(connection: RTCPeerConnection): Promise<void> {
  if (connection.iceGatheringState === 'complete') return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, GATHERING_LIMIT_MS)
    connection.addEventListener('icegatheringstatechange', () => {
      if (connection.iceGatheringState !== 'complete') return
      clearTimeout(timer)
      resolve()
    })
  })
}

async function refusal(response: Response): Promise<WhepRefused> {
  const text = await response.text().catch(() => '')
  try {
    const problem = JSON.parse(text) as { code?: string; detail?: string; title?: string }
    return new WhepRefused(response.status, problem.code ?? '', problem.detail ?? problem.title ?? '')
  } catch {
    return new WhepRefused(response.status, '', text.slice(0, 300))
  }
}

async function readStats(connection: RTCPeerConnection): Promise<WhepStats | null> {
  if (connection.connectionState === 'closed') return null
  const report = await connection.getStats()
  let video: RTCInboundRtpStreamStats | null = null
  let roundTripSeconds = 0
  const codecs = new Map<string, string>()
  for (const entry of report.values() as Iterable<RTCStats>) {
    if (entry.type === 'inbound-rtp' && (entry as RTCInboundRtpStreamStats).kind === 'video') {
      video = entry as RTCInboundRtpStreamStats
    } else if (entry.type === 'candidate-pair' && (entry as RTCIceCandidatePairStats).nominated) {
      roundTripSeconds = (entry as RTCIceCandidatePairStats).currentRoundTripTime ?? 0
    } else if (entry.type === 'codec') {
      codecs.set(entry.id, (entry as RTCStats & { mimeType?: string }).mimeType ?? '')
    }
  }
  if (!video) return null
  const emitted = video.jitterBufferEmittedCount ?? 0
  const decoded = video.framesDecoded ?? 0
  const bufferSeconds = emitted ? (video.jitterBufferDelay ?? 0) / emitted : 0
  const decodeSeconds = decoded ? (video.totalDecodeTime ?? 0) / decoded : 0
  return {
    framesReceived: video.framesReceived ?? 0,
    packetsReceived: video.packetsReceived ?? 0,
    packetsLost: video.packetsLost ?? 0,
    travelMs: (roundTripSeconds / 2) * 1_000,
    bufferedMs: decoded ? (bufferSeconds + decodeSeconds) * 1_000 : null,
    codec: (codecs.get(video.codecId ?? '') ?? '').replace('video/', ''),
    framesDecoded: decoded,
    atMs: video.timestamp,
  }
}

/** Pictures a second between the two; the browser's own figure counts those of the start, which come all at once. */
export function frameRate(before: WhepStats, after: WhepStats): number | null {
  const seconds = (after.atMs - before.atMs) / 1_000
  const frames = after.framesDecoded - before.framesDecoded
  return seconds > 0 && frames >= 0 ? frames / seconds : null
}

/** Of what was sent between the two, how much did not arrive. */
export function lossPercent(before: WhepStats, after: WhepStats): number {
  const lost = Math.max(0, after.packetsLost - before.packetsLost)
  const received = after.packetsReceived - before.packetsReceived
  return lost + received > 0 ? (100 * lost) / (lost + received) : 0
}
