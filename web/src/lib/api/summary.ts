import { api, body } from './client'
import type { Summary } from './types'

export interface SummaryQuery {
  from: number
  to: number
  above?: number
  below?: number
  /** Two levels with a comma: low,high. */
  outside?: string
  is?: '0' | '1'
  by?: 'day'
}

/** A series' figures in a range, and how long and how often it was beyond one limit. */
export async function fetchSummary(seriesId: number, query: SummaryQuery): Promise<Summary> {
  const call = api.GET('/api/v1/series/{series_id}/summary', {
    params: { path: { series_id: seriesId }, query },
  })
  return (await body(call)) as Summary
}
