import type { QueryClient } from '@tanstack/react-query'
import { Problem, Unreachable } from '../api/problem'
import type { Series } from '../api/types'
import { learnSeries } from '../i18n'
import { keys } from '../queries/keys'
import { readKept } from './store'

/** Old from the first moment: whoever shows it asks for a newer one. */
const OLD = { updatedAt: 0 }

/** Nobody answers, or a proxy does in the place of a server that is gone. */
export function isServerGone(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof Problem && [502, 503, 504].includes(error.status))
}

/** Puts what was kept back into the cache, for a page that has nothing else. */
export function restoreKept(queries: QueryClient): void {
  for (const { me, site, live, lists } of readKept().reverse()) {
    queries.setQueryData(keys.me, me, OLD)
    queries.setQueryData(keys.kept(site), live, OLD)
    for (const [key, data] of lists) queries.setQueryData(key, data, OLD)
    const series = queries.getQueryData<readonly Series[] | null>(keys.seriesHead(site)) ?? []
    learnSeries(series)
    for (const one of series) queries.setQueryData(keys.oneSeries(site, one.id), one, OLD)
  }
}
