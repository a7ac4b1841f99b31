/** What of the overview is shown; kept in the address, so that it can be sent to somebody and survives a reload. */

import { useSearchParams } from 'react-router'

export interface Filters {
  text: string
  /** Id of a zone, `none` for what stands in none, empty for all. */
  zone: string
  metric: string
  /** Only what is in trouble. */
  trouble: boolean
}

export function useFilters(): readonly [Filters, (change: Partial<Filters>) => void] {
  const [search, setSearch] = useSearchParams()
  const filters: Filters = {
    text: search.get('q') ?? '',
    zone: search.get('zone') ?? '',
    metric: search.get('metric') ?? '',
    trouble: search.has('trouble'),
  }
  const change = (changed: Partial<Filters>) => {
    const next = new URLSearchParams(search)
    const { text, zone, metric, trouble } = { ...filters, ...changed }
    for (const [name, value] of Object.entries({ q: text, zone, metric, trouble: trouble ? '1' : '' })) {
      if (value === '') next.delete(name)
      else next.set(name, value)
    }
    setSearch(next, { replace: true })
  }
  return [filters, change]
}

export function isFiltering({ text, zone, metric, trouble }: Filters): boolean {
  return text !== '' || zone !== '' || metric !== '' || trouble
}
