import { useCallback, useSyncExternalStore } from 'react'
import { everySecondPaced, nowBySecond } from '@/lib/live/clock'
import { freshnessOf } from '@/lib/live/freshness'
import { useLive } from '@/lib/live'
import { useOverview, useSeriesOfSmallSite } from '@/lib/queries'
import { useSite } from '@/lib/site'

/** How many series are fresh, late and stale right now; changes only when a count does. */
export function useFreshnessTally(): { fresh: number; late: number; stale: number } {
  const { slug } = useSite()
  const { latest } = useLive()
  const series = useSeriesOfSmallSite(slug).data
  const overview = useOverview(slug, series === null).data
  const snapshot = useCallback(() => {
    const count = { fresh: 0, late: 0, skewed: 0, stale: 0, none: 0 }
    for (const { id, freshness_seconds } of series ?? []) {
      const tsMs = latest.get(id)?.tsMs
      const budgetMs = freshness_seconds * 1000
      count[freshnessOf({ tsMs, budgetMs, nowMs: nowBySecond() }).state] += 1
    }
    return `${count.fresh} ${count.late + count.skewed} ${count.stale}`
  }, [series, latest])
  const [fresh = 0, late = 0, stale = 0] = useSyncExternalStore(everySecondPaced, snapshot)
    .split(' ')
    .map(Number)
  // Of a large site the page knows few values: the server has counted them.
  if (series === null) return { fresh: 0, late: 0, stale: 0, ...overview }
  return { fresh, late, stale }
}
