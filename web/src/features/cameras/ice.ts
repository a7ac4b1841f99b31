/** The STUN and TURN servers that the server names, asked for once an hour: their credentials end. */

const KEPT_MS = 3_600_000

let kept: { atMs: number; servers: Promise<RTCIceServer[]> } | null = null

export function iceServers(request: typeof fetch = fetch, nowMs = Date.now()): Promise<RTCIceServer[]> {
  if (!kept || nowMs - kept.atMs > KEPT_MS || nowMs < kept.atMs) {
    kept = { atMs: nowMs, servers: ask(request) }
  }
  return kept.servers
}

/** Without an answer WebRTC is tried without them; the next one asks again. */
async function ask(request: typeof fetch): Promise<RTCIceServer[]> {
  try {
    const answer = await request('/media/ice', { credentials: 'same-origin' })
    if (!answer.ok) throw new Error(String(answer.status))
    return ((await answer.json()) as { iceServers: RTCIceServer[] }).iceServers
  } catch {
    kept = null
    return []
  }
}
