/** What a person may say of a series, as the fields of its dialog hold it. Pure. */

import type { Series } from '@/lib/api/types'

export interface SeriesDraft {
  name: string
  unit: string
  kind: Series['kind']
  /** null: as the data has them. */
  decimals: number | null
  onWord: string
  offWord: string
  /** null: by the reporting interval. */
  freshnessSeconds: number | null
  rawDays: number
  tierDays: number
}

export interface SeriesChange {
  name: string
  unit: string
  kind: Series['kind']
  decimals: number | null
  on_word: string
  off_word: string
  freshness_seconds: number | null
  raw_days: number
  tier_days: number
}

export function draftOfSeries(series: Series): SeriesDraft {
  return {
    name: series.own_name,
    unit: series.unit,
    kind: series.kind,
    decimals: series.decimals ?? null,
    onWord: series.on_word ?? '',
    offWord: series.off_word ?? '',
    freshnessSeconds: series.own_freshness_seconds,
    rawDays: series.raw_days ?? 30,
    tierDays: series.tier_days ?? 366,
  }
}

export function changeOf(draft: SeriesDraft): SeriesChange {
  return {
    name: draft.name.trim(),
    unit: draft.unit.trim(),
    kind: draft.kind,
    decimals: draft.decimals,
    on_word: draft.onWord.trim(),
    off_word: draft.offWord.trim(),
    freshness_seconds: draft.freshnessSeconds,
    raw_days: draft.rawDays,
    tier_days: draft.tierDays,
  }
}

/** The fields in which two drafts differ. */
export function changedFields(a: SeriesDraft, b: SeriesDraft): (keyof SeriesDraft)[] {
  return (Object.keys(a) as (keyof SeriesDraft)[]).filter((field) => a[field] !== b[field])
}
