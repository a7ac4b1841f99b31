import { t } from '@lingui/core/macro'
import { NativeSelect, TextInput } from '@mantine/core'
import { fromDayText, toDayText } from '@/lib/i18n'
import { useSiteDetail } from '@/lib/queries'
import { useSite } from '@/lib/site'
import { useTypedText } from '@/lib/typedText'
import { useTypedValue } from '@/lib/typedValue'
import { severityWord } from '@/lib/words'
import { EVERYTHING, isNarrowed, SEVERITIES, type Filters } from './filter'
import styles from './AlertSearch.module.css'

interface AlertSearchProps {
  filters: Filters
  onChange: (change: Partial<Filters>) => void
}

/** Text; behind it severity, zone, whose and when. Beside them how to have everything again. */
export function AlertSearch({ filters, onChange }: AlertSearchProps) {
  const { text, input, type, clear } = useTypedText(filters.text, (typed) => onChange({ text: typed }))
  const showEverything = () => {
    clear()
    onChange({ ...EVERYTHING, state: filters.state })
  }
  return (
    <div className={styles.search} role="search" aria-label={t`Search alerts`}>
      <TextInput
        ref={input}
        type="search"
        aria-label={t`Find an alert, device or zone`}
        placeholder={t`Find an alert, device or zone`}
        value={text}
        onChange={(event) => type(event.currentTarget.value)}
      />
      <Details filters={filters} onChange={onChange} />
      {isNarrowed(filters) && (
        <button type="button" className="btn quiet" onClick={showEverything}>
          {t`Show everything`}
        </button>
      )}
    </div>
  )
}

/** `23/11/2025`, typed: a native field would follow the browser's language, not the page's. */
function DayField({
  label,
  value,
  onChange,
}: {
  label: string
  value: string
  onChange: (day: string) => void
}) {
  const typed = useTypedValue({ value, onChange, toText: toDayText, fromText: fromDayText })
  return (
    <TextInput
      label={label}
      placeholder={t`day/month/year`}
      autoComplete="off"
      value={typed.text}
      error={typed.wrong && t`A day is written 23/11/2025.`}
      onChange={(event) => typed.type(event.currentTarget.value)}
      onBlur={typed.leave}
    />
  )
}

function Details({ filters, onChange }: AlertSearchProps) {
  const { slug } = useSite()
  const zones = useSiteDetail(slug).data?.zones ?? []
  const { severity, zone, device, mine, from, to } = filters
  return (
    <details className={styles.details} open={isNarrowed({ ...filters, text: '' }) || undefined}>
      <summary>{t`More filters`}</summary>
      <div className={styles.fields}>
        <NativeSelect
          label={t`Severity`}
          value={severity}
          onChange={({ currentTarget: { value } }) =>
            onChange({ severity: SEVERITIES.find((each) => each === value) ?? '' })
          }
          data={[
            { value: '', label: t`All severities` },
            ...SEVERITIES.map((each) => ({ value: each, label: severityWord(each) })),
          ]}
        />
        <NativeSelect
          label={t`Zone`}
          value={zone}
          onChange={({ currentTarget: { value } }) => onChange({ zone: value })}
          data={[
            { value: '', label: t`All zones` },
            ...zones.map(({ id, name }) => ({ value: String(id), label: name })),
          ]}
        />
        <DayField label={t`From`} value={from} onChange={(day) => onChange({ from: day })} />
        <DayField
          label={t({ message: 'Until', context: 'day' })}
          value={to}
          onChange={(day) => onChange({ to: day })}
        />
        <label className={styles.mine}>
          <input
            type="checkbox"
            checked={mine}
            onChange={({ currentTarget }) => onChange({ mine: currentTarget.checked })}
          />
          {t`Assigned to me`}
        </label>
        {device !== '' && (
          <button type="button" className="btn" onClick={() => onChange({ device: '' })}>
            {t`Only device ${device}: show all`}
          </button>
        )}
      </div>
    </details>
  )
}
