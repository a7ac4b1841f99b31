import { t } from '@lingui/core/macro'
import type { Alert } from '@/lib/api/types'
import type { Filter } from './filter'
import styles from './AlertPanel.module.css'

interface AlertFilterProps {
  alerts: readonly Alert[]
  filters: readonly Filter[]
  value: Filter
  onChange: (filter: Filter) => void
}

export function AlertFilter({ alerts, filters, value, onChange }: AlertFilterProps) {
  const all = alerts.length
  const open = alerts.filter(({ state }) => state === 'open').length
  const taken = alerts.filter(({ state }) => state === 'acknowledged').length
  const words: Record<Filter, string> =
    filters.length > 3
      ? {
          all: t`All`,
          open: t({ message: `Open ${open}`, context: 'filter' }),
          acknowledged: t({ message: `Taken ${taken}`, context: 'filter' }),
          resolved: t({ message: 'Resolved', context: 'filter' }),
        }
      : {
          all: t`All ${all}`,
          open: t`Open ${open}`,
          acknowledged: t`Taken ${taken}`,
          resolved: t`Resolved`,
        }
  return (
    <div className={styles.filter}>
      <div className="seg" role="group" aria-label={t`Filter alerts`}>
        {filters.map((filter) => (
          <button key={filter} type="button" aria-pressed={filter === value} onClick={() => onChange(filter)}>
            {words[filter]}
          </button>
        ))}
      </div>
    </div>
  )
}
