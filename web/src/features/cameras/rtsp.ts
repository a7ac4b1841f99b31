/** Where programs find a camera by RTSP. Pure. */

import type { Server } from '@/lib/api/types'

export interface RtspPlace {
  host: string
  port: number
  /** Other machines do not reach it. */
  onlyHere: boolean
}

/** Null where nothing is served by RTSP. The page's own host comes first: it is known to lead to this server. */
export function rtspPlace(server: Pick<Server, 'rtsp'> | undefined, pageHost: string): RtspPlace | null {
  const rtsp = server?.rtsp
  if (!rtsp) return null
  const onlyHere = rtsp.hosts.length === 0
  return { host: onlyHere ? '127.0.0.1' : pageHost, port: rtsp.port, onlyHere }
}

/** What VLC, OBS or a recorder is given. The user name is not looked at. */
export function rtspUrl(place: RtspPlace, camera: string, token: string): string {
  return `rtsp://belvedere:${token}@${place.host}:${String(place.port)}/${camera}`
}
