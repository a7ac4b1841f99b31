import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { connectWhep, WhepRefused } from './whep'

class FakeTrackStream {
  tracks: unknown[] = []
  addTrack(track: unknown) {
    this.tracks.push(track)
  }
}

class FakeConnection extends EventTarget {
  iceGatheringState = 'new'
  connectionState = 'new'
  localDescription: RTCSessionDescriptionInit | null = null
  remote: RTCSessionDescriptionInit | null = null
  transceivers: [string, unknown][] = []
  closed = false
  ontrack: ((event: unknown) => void) | null = null
  onconnectionstatechange: (() => void) | null = null
  stats = new Map<string, unknown>()

  addTransceiver(kind: string, init: unknown) {
    this.transceivers.push([kind, init])
  }
  createOffer = () => Promise.resolve({ type: 'offer', sdp: 'offer-without-candidates' })
  setLocalDescription(description: RTCSessionDescriptionInit) {
    this.localDescription = description
    return Promise.resolve()
  }
  finishGathering() {
    this.localDescription = { type: 'offer', sdp: 'offer-with-candidates' }
    this.iceGatheringState = 'complete'
    this.dispatchEvent(new Event('icegatheringstatechange'))
  }
  setRemoteDescription(description: RTCSessionDescriptionInit) {
    this.remote = description
    return Promise.resolve()
  }
  getStats = () => Promise.resolve(this.stats)
  close() {
    this.closed = true
    this.connectionState = 'closed'
  }
  fail() {
    this.connectionState = 'failed'
    this.onconnectionstatechange?.()
  }
}

const URL_OF_GATE = 'https://belvedere.test/media/gate/whep'

function setUp(answer: () => Response = created, withSound = false) {
  const connection = new FakeConnection()
  const requests: [string, RequestInit][] = []
  const onFailed = vi.fn()
  const request = vi.fn((url: string, init: RequestInit) => {
    requests.push([url, init])
    return Promise.resolve(init.method === 'DELETE' ? new Response(null, { status: 200 }) : answer())
  })
  const aborter = new AbortController()
  const session = connectWhep(URL_OF_GATE, {
    onFailed,
    signal: aborter.signal,
    withSound,
    fetch: request as unknown as typeof fetch,
    createConnection: () => connection as unknown as RTCPeerConnection,
  })
  return { connection, requests, onFailed, session, aborter }
}

const created = () =>
  new Response('the-answer', { status: 201, headers: { Location: '/media/gate/whep/42' } })

beforeEach(() => vi.stubGlobal('MediaStream', FakeTrackStream))
afterEach(() => vi.unstubAllGlobals())

/** Lets the promises run up to the wait for candidates. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 0))

describe('the WHEP client', () => {
  it.each([true, false])('asks for sound only where it is wanted: %s', async (withSound) => {
    const { connection, session } = setUp(created, withSound)
    connection.finishGathering()
    expect((await session).withSound).toBe(withSound)
    expect(connection.transceivers.map(([kind]) => kind)).toEqual(withSound ? ['video', 'audio'] : ['video'])
  })

  it('posts an offer with its candidates and takes the answer', async () => {
    const { connection, requests, session } = setUp()
    await settle()
    expect(requests).toHaveLength(0)
    connection.finishGathering()
    await session
    const [url, init] = requests[0] ?? ['', {}]
    expect(url).toBe(URL_OF_GATE)
    expect(init.method).toBe('POST')
    expect(init.body).toBe('offer-with-candidates')
    expect(new Headers(init.headers).get('Content-Type')).toBe('application/sdp')
    expect(connection.remote).toEqual({ type: 'answer', sdp: 'the-answer' })
    expect(connection.transceivers).toContainEqual(['video', { direction: 'recvonly' }])
  })

  it('asks for the smallest jitter buffer on each track', async () => {
    const { connection, session } = setUp()
    await settle()
    connection.finishGathering()
    const { stream } = await session
    const receiver = { jitterBufferTarget: null }
    connection.ontrack?.({ track: 'picture', receiver })
    expect(receiver.jitterBufferTarget).toBe(0)
    expect((stream as unknown as FakeTrackStream).tracks).toEqual(['picture'])
  })

  it('deletes the session’s own address once when stopped', async () => {
    const { connection, requests, session } = setUp()
    await settle()
    connection.finishGathering()
    const open = await session
    open.stop()
    open.stop()
    expect(connection.closed).toBe(true)
    expect(requests.filter(([, init]) => init.method === 'DELETE')).toHaveLength(1)
    expect(requests.at(-1)?.[0]).toBe('https://belvedere.test/media/gate/whep/42')
  })

  it('gives the server’s code and sentence when it refuses', async () => {
    const problem = { code: 'codec_unsupported', detail: 'This camera sends H.265.' }
    const { connection, session } = setUp(() => new Response(JSON.stringify(problem), { status: 409 }))
    await settle()
    connection.finishGathering()
    const error = await session.catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(WhepRefused)
    expect(error).toMatchObject({
      status: 409,
      code: 'codec_unsupported',
      message: 'This camera sends H.265.',
    })
    expect(connection.closed).toBe(true)
  })

  it('calls a missing answer unreachable, status 0', async () => {
    const { connection, session } = setUp(() => {
      throw new TypeError('Failed to fetch')
    })
    await settle()
    connection.finishGathering()
    await expect(session).rejects.toMatchObject({ status: 0, code: 'unreachable' })
  })

  it('does not wait for candidates for ever', async () => {
    vi.useFakeTimers()
    const { requests } = setUp()
    await vi.advanceTimersByTimeAsync(1_500)
    expect(requests).toHaveLength(1)
    vi.useRealTimers()
  })

  it('tells of a failed connection, but not after it was stopped', async () => {
    const { connection, session, onFailed } = setUp()
    await settle()
    connection.finishGathering()
    const open = await session
    connection.fail()
    expect(onFailed).toHaveBeenCalledTimes(1)
    open.stop()
    connection.fail()
    expect(onFailed).toHaveBeenCalledTimes(1)
  })

  it('adds up half the round trip, the jitter buffer and the decoder', async () => {
    const { connection, session } = setUp()
    await settle()
    connection.finishGathering()
    const open = await session
    connection.stats = new Map<string, unknown>([
      ['pair', { type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.02 }],
      ['codec', { type: 'codec', id: 'codec', mimeType: 'video/H264' }],
      [
        'in',
        {
          type: 'inbound-rtp',
          kind: 'video',
          codecId: 'codec',
          jitterBufferDelay: 2,
          jitterBufferEmittedCount: 100,
          framesDecoded: 100,
          totalDecodeTime: 0.5,
          framesReceived: 101,
          packetsReceived: 900,
          packetsLost: 3,
        },
      ],
    ])
    const stats = await open.stats()
    expect(stats?.travelMs).toBeCloseTo(10)
    expect(stats?.bufferedMs).toBeCloseTo(20 + 5)
    expect(stats).toMatchObject({ codec: 'H264', framesReceived: 101, packetsLost: 3 })
  })
})
