/** The raise and clear lines that a rule's condition draws into a chart. */

import type { Condition } from '@/lib/api/types'

export interface ChartLevel {
  value: number
  kind: 'raise' | 'clear'
  side: 'above' | 'below'
}

export function levelsOf(condition: Condition): ChartLevel[] {
  switch (condition.kind) {
    case 'above':
    case 'below': {
      const { kind: side, level, clear } = condition
      const raise: ChartLevel = { value: level, kind: 'raise', side }
      if (clear == null || clear === level) return [raise]
      return [raise, { value: clear, kind: 'clear', side }]
    }
    case 'outside': {
      const { low, high, clear } = condition
      const raised: ChartLevel[] = [
        { value: high, kind: 'raise', side: 'above' },
        { value: low, kind: 'raise', side: 'below' },
      ]
      if (!clear) return raised
      return [
        ...raised,
        { value: high - clear, kind: 'clear', side: 'above' },
        { value: low + clear, kind: 'clear', side: 'below' },
      ]
    }
    default:
      return []
  }
}
