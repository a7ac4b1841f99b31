import type { History, Series } from '@/lib/api/types'

import { toColumns, type Columns, type Known, type Range } from './history'

/** Past three budgets a value no longer stands for the present, so the line does not either. */
const STALE_BUDGETS = 3

/** The columns of a series' history; none until the first answer. */
export function columnsOf(
  history: History | undefined,
  range: Range,
  series: Pick<Series, 'freshness_seconds'>,
  known: Known = {},
): Columns {
  const staleMs = series.freshness_seconds * 1000 * STALE_BUDGETS
  return toColumns(history ?? { tier: 'raw', t: [], v: [] }, range, staleMs, known)
}
