import { t } from '@lingui/core/macro'
import { Select } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useMemo, useState } from 'react'

import type { Series } from '@/lib/api/types'
import { useSomeSeries } from '@/lib/queries'
import { useSite } from '@/lib/site'

import { SHIFT_NAMES, seriesWords, shiftWords } from './compare'

/** A site may have thousands; the search finds the others. */
const SHOWN = 50
/** Typing asks the server: not with each key. */
const TYPED_AFTER_MS = 250

interface Props {
  series: Series
  /** The one that is compared with now. */
  other: Series | null
  value: string | null
  onChange: (value: string | null) => void
}

/** A second line for the chart: this series a day or a week earlier, or another one of the site. */
export function ComparePicker({ series, other, value, onChange }: Props) {
  const { slug } = useSite()
  const [open, setOpen] = useState(false)
  const [typed, setTyped] = useState('')
  const shifts = SHIFT_NAMES.map((name) => ({ value: name, label: shiftWords(name) }))
  const chosen = other ? seriesWords(other) : (shifts.find((shift) => shift.value === value)?.label ?? '')
  // The field holds the words of what is chosen: they are no search.
  const [q] = useDebouncedValue(typed === chosen ? '' : typed.trim(), TYPED_AFTER_MS)
  const found = useSomeSeries(slug, open ? { q, limit: SHOWN } : null).data
  const others = useMemo(() => {
    const rows = (found ?? []).filter(({ id }) => id !== series.id && id !== other?.id)
    const all = other ? [other, ...rows] : rows
    return all.map((each) => ({ value: String(each.id), label: seriesWords(each) }))
  }, [found, other, series.id])
  return (
    <Select
      aria-label={t`Compare with`}
      placeholder={t`Compare with…`}
      nothingFoundMessage={t`Nothing found`}
      data={[
        { group: t`This series`, items: shifts },
        { group: t`Other series`, items: others },
      ]}
      // The server has found what fits.
      filter={({ options }) => options}
      value={value}
      onChange={onChange}
      onSearchChange={setTyped}
      onDropdownOpen={() => setOpen(true)}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': t`No comparison` }}
      w={220}
    />
  )
}
