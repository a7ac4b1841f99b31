/** Opens a camera by WebRTC for a moment, to see whether and how it is reached. */

import { addressesIn, type Trial } from './diagnosis'
import { connectWhep, WhepRefused } from './whep'

const CONNECT_LIMIT_MS = 6_000

interface Options {
  fetch?: typeof fetch
  iceServers: () => Promise<RTCIceServer[]>
  createConnection?: (configuration: RTCConfiguration) => RTCPeerConnection
}

/** Rejects with WhepRefused where the server does not answer at all. */
export async function tryWebrtc(url: string, options: Options): Promise<Trial> {
  let connection: RTCPeerConnection | null = null
  const helped = (await options.iceServers()).length > 0
  const none = { addresses: [], connected: false, relayed: false, helped }
  const create =
    options.createConnection ?? ((configuration: RTCConfiguration) => new RTCPeerConnection(configuration))
  try {
    const session = await connectWhep(url, {
      ...options,
      onFailed: () => undefined,
      createConnection: (configuration) => (connection = create(configuration)),
    })
    try {
      return { ...none, ...(await look(connection)), refusal: null }
    } finally {
      session.stop()
    }
  } catch (error) {
    if (!(error instanceof WhepRefused) || error.status === 0) throw error
    return { ...none, refusal: { code: error.code, detail: error.message } }
  }
}

async function look(connection: RTCPeerConnection | null) {
  if (!connection) return { addresses: [], connected: false, relayed: false }
  const connected = await isConnected(connection)
  return {
    addresses: addressesIn(connection.remoteDescription?.sdp ?? ''),
    connected,
    relayed: connected && (await isRelayed(connection)),
  }
}

function isConnected(connection: RTCPeerConnection): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (connected: boolean) => {
      clearTimeout(timer)
      connection.removeEventListener('connectionstatechange', observe)
      resolve(connected)
    }
    const observe = () => {
      if (connection.connectionState === 'connected') end(true)
      else if (connection.connectionState === 'failed') end(false)
    }
    const timer = setTimeout(() => end(false), CONNECT_LIMIT_MS)
    connection.addEventListener('connectionstatechange', observe)
    observe()
  })
}

async function isRelayed(connection: RTCPeerConnection): Promise<boolean> {
  const rows = [...((await connection.getStats()).values() as Iterable<RTCStats>)]
  const pair = rows.find(
    (row): row is RTCIceCandidatePairStats =>
      row.type === 'candidate-pair' && (row as RTCIceCandidatePairStats).nominated === true,
  )
  const local = rows.find(({ id }) => id === pair?.localCandidateId) as { candidateType?: string } | undefined
  return local?.candidateType === 'relay'
}
