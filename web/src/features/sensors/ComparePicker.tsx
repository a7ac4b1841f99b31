import { t } from '@lingui/core/macro'
import { Select } from '@mantine/core'
import { useMemo } from 'react'

import type { Series } from '@/lib/api/types'
import { useLanguage } from '@/lib/i18n'

import { SHIFT_NAMES, seriesWords, shiftWords } from './compare'

/** A site may have thousands; the search finds the others. */
const SHOWN = 50

interface Props {
  series: Series
  all: readonly Series[]
  value: string | null
  onChange: (value: string | null) => void
}

/** A second line for the chart: this series a day or a week earlier, or another one of the site. */
export function ComparePicker({ series, all, value, onChange }: Props) {
  const language = useLanguage()
  const data = useMemo(
    () => [
      {
        group: t`This series`,
        items: SHIFT_NAMES.map((name) => ({ value: name, label: shiftWords(name) })),
      },
      {
        group: t`Other series`,
        items: all
          .filter((each) => each.id !== series.id)
          .map((each) => ({ value: String(each.id), label: seriesWords(each) })),
      },
    ],
    // eslint-disable-next-line react-hooks/exhaustive-deps -- its words are read in the language of the page
    [series, all, language],
  )
  return (
    <Select
      aria-label={t`Compare with`}
      placeholder={t`Compare with…`}
      nothingFoundMessage={t`Nothing found`}
      data={data}
      limit={SHOWN}
      value={value}
      onChange={onChange}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': t`No comparison` }}
      w={220}
    />
  )
}
