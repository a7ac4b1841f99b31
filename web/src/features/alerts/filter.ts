import type { Alert } from '@/lib/api/types'

export type Filter = 'all' | 'open' | 'acknowledged' | 'resolved'

export const FILTERS: readonly Filter[] = ['all', 'open', 'acknowledged', 'resolved']

export function filterOf(text: string | null): Filter {
  return FILTERS.find((filter) => filter === text) ?? 'all'
}

export function filtered(alerts: readonly Alert[], filter: Filter): readonly Alert[] {
  return filter === 'all' ? alerts : alerts.filter(({ state }) => state === filter)
}
