import { t } from '@lingui/core/macro'
import { NativeSelect, TextInput } from '@mantine/core'
import { metricWord } from '@/lib/metricWords'
import { useTypedText } from '@/lib/typedText'
import type { Filters } from './filters'
import styles from './FilterBar.module.css'

export interface FilterBarProps {
  filters: Filters
  zones: readonly { id: number | null; name: string }[]
  metrics: readonly string[]
  onChange: (change: Partial<Filters>) => void
}

/** Text, zone, metric, trouble; beside them how to have everything again. */
export function FilterBar({ filters, zones, metrics, onChange }: FilterBarProps) {
  const { text, input, type, clear } = useTypedText(filters.text, (typed) => onChange({ text: typed }))
  const showEverything = () => {
    clear()
    onChange({ text: '', zone: '', metric: '', trouble: false })
  }
  const some = filters.text !== '' || filters.zone !== '' || filters.metric !== '' || filters.trouble
  return (
    <div className={styles.bar} role="search" aria-label={t`Filter sensors`}>
      <TextInput
        ref={input}
        type="search"
        className={styles.text}
        aria-label={t`Find a sensor, device or zone`}
        placeholder={t`Find a sensor, device or zone`}
        value={text}
        onChange={(event) => type(event.currentTarget.value)}
      />
      <NativeSelect
        aria-label={t`Zone`}
        value={filters.zone}
        onChange={(event) => onChange({ zone: event.currentTarget.value })}
        data={[
          { value: '', label: t`All zones` },
          ...zones.map(({ id, name }) => ({ value: String(id ?? 'none'), label: name })),
        ]}
      />
      {metrics.length > 1 && (
        <NativeSelect
          aria-label={t`Metric`}
          value={filters.metric}
          onChange={(event) => onChange({ metric: event.currentTarget.value })}
          data={[
            { value: '', label: t`All metrics` },
            ...metrics.map((metric) => ({ value: metric, label: metricWord(metric) })),
          ]}
        />
      )}
      <button
        type="button"
        className="btn"
        aria-pressed={filters.trouble}
        onClick={() => onChange({ trouble: !filters.trouble })}
      >
        {t`In trouble`}
      </button>
      {some && (
        <button type="button" className="btn" onClick={showEverything}>
          {t`Show everything`}
        </button>
      )}
    </div>
  )
}
