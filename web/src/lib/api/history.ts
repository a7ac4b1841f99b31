import { api, body } from './client'
import type { History } from './types'

/** A series' history, merged by the server to at most `points` points. */
export async function fetchHistory(
  seriesId: number,
  from: number,
  to: number,
  points: number,
): Promise<History> {
  const query = { from: Math.floor(from), to: Math.ceil(to), points }
  const call = api.GET('/api/v1/series/{series_id}/history', {
    params: { path: { series_id: seriesId }, query },
  })
  return (await body(call)) as History
}
