import { t } from '@lingui/core/macro'
import { useAlertCounts } from '@/lib/live'
import type { Filter } from './filter'
import styles from './AlertPanel.module.css'

interface AlertFilterProps {
  filters: readonly Filter[]
  value: Filter
  onChange: (filter: Filter) => void
}

export function AlertFilter({ filters, value, onChange }: AlertFilterProps) {
  const { open, acknowledged: taken } = useAlertCounts()
  const words: Record<Filter, string> =
    filters.length > 3
      ? {
          all: t`All`,
          open: t({ message: `Open ${open}`, context: 'filter' }),
          acknowledged: t({ message: `Acknowledged ${taken}`, context: 'filter' }),
          resolved: t({ message: 'Resolved', context: 'filter' }),
        }
      : {
          all: t`All`,
          open: t`Open ${open}`,
          acknowledged: t`Acknowledged ${taken}`,
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
