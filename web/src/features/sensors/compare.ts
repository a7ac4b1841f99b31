/** What a chart is compared with, as it stands in the URL: `?compare=day`, `week`, or the id of another series. */

import { t } from '@lingui/core/macro'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'

import { columnsOf } from '@/components/chart/columns'
import type { Range } from '@/components/chart/history'
import { axisWords } from '@/components/chart/words'
import type { PlotOther } from '@/components/chart/plot-options'
import { fetchHistory } from '@/lib/api/history'
import type { History, Series } from '@/lib/api/types'
import { serverNow } from '@/lib/live/clock'
import { useOneSeries } from '@/lib/queries'
import { seriesName, valueWords } from '@/lib/words'

import { refreshMs, type Chosen } from './ranges'
import { rangeAt } from './useHistory'

const DAY_MS = 86_400_000
const SHIFTS = { day: DAY_MS, week: 7 * DAY_MS }
/** The second line needs no more than the eye can follow. */
const POINTS = 450

export type Shift = keyof typeof SHIFTS
export const SHIFT_NAMES = Object.keys(SHIFTS) as Shift[]

export interface Compared {
  /** Whose line it is: another series, or the same one. */
  series: Series
  /** How much earlier it was. */
  shiftMs: number
  label: string
}

export function shiftWords(shift: Shift): string {
  return shift === 'day' ? t`a day earlier` : t`a week earlier`
}

export function seriesWords(series: Series): string {
  return `${seriesName(series)}, ${series.zone?.name ?? series.device_name}`
}

/** The other series that the text of the URL names, if any: of the same site, and not the same one. */
export function useOtherSeries(text: string | null, { id, site }: Series): Series | null {
  const named = text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null
  const other = useOneSeries(site, named === id ? null : named).data
  return named !== id && other?.site === site ? other : null
}

/** What the text of the URL names; null where it names nothing of this site. */
export function comparedFrom(text: string | null, series: Series, other: Series | null): Compared | null {
  const shift = SHIFT_NAMES.find((name) => name === text)
  if (shift) return { series, shiftMs: SHIFTS[shift], label: shiftWords(shift) }
  return other ? { series: other, shiftMs: 0, label: seriesWords(other) } : null
}

export type Other = PlotOther & { label: string }

/** The second line of the chart, its times moved onto those of the range. */
export function useOther(
  compared: Compared | null,
  main: Series,
  chosen: Chosen,
  range: Range,
): Other | null {
  const id = compared?.series.id ?? main.id
  const shiftMs = compared?.shiftMs ?? 0
  const history = useQuery({
    queryKey: ['series', id, 'compared', chosen, shiftMs],
    queryFn: async () => {
      const { from, to } = rangeAt(chosen, serverNow())
      return shift(await fetchHistory(id, from - shiftMs, to - shiftMs, POINTS), shiftMs)
    },
    enabled: compared !== null,
    refetchInterval: refreshMs(chosen),
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  }).data
  return useMemo(() => {
    if (!compared || !history) return null
    const { series, label } = compared
    return {
      columns: columnsOf(history, range, series),
      ownAxis: series.unit !== main.unit || series.kind !== main.kind,
      binary: series.kind === 'binary',
      value: (value, step) => axisWords(series, value, step),
      words: (value) => valueWords(series, value),
      label,
    }
  }, [compared, history, range, main])
}

function shift(history: History, byMs: number): History {
  return { ...history, t: history.t.map((ms) => ms + byMs) }
}
