import { t } from '@lingui/core/macro'
import { Select } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api, body } from '@/lib/api/client'
import { sentenceOf } from '@/lib/api/sentences'
import type { Timezone } from '@/lib/api/types'
import { currentLanguage } from '@/lib/i18n'

/** `UTC+7`, `UTC−3:30`. */
export function offsetWords(minutes: number): string {
  const size = Math.abs(minutes)
  const rest = size % 60
  const sign = minutes < 0 ? '\u2212' : '+'
  return `UTC${sign}${Math.floor(size / 60)}${rest ? `:${String(rest).padStart(2, '0')}` : ''}`
}

function labelOf({ city, country, offset_minutes }: Timezone): string {
  return [[city, country].filter(Boolean).join(', '), offsetWords(offset_minutes)].join(' · ')
}

/** A time zone by city or country; the server knows the names in both languages. */
export function TimezoneField({ value, onChange }: { value: string; onChange: (timezone: string) => void }) {
  const [typed, setTyped] = useState<string | null>(null)
  const [asked] = useDebouncedValue(typed ?? value, 200)
  const zones = useQuery({
    queryKey: ['timezones', currentLanguage(), asked],
    queryFn: () => body(api.GET('/api/v1/timezones', { params: { query: { q: asked } } })),
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  })
  const [chosen, setChosen] = useState<Timezone>()
  const found = zones.data ?? []
  // The name of the present zone is kept: if it went with the next answer, the field would put it over what is typed.
  const present = found.find(({ name }) => name === value)
  if (present && present !== chosen) setChosen(present)
  const known = chosen?.name === value ? chosen : present
  const rest = found.filter(({ name }) => name !== value)
  return (
    <Select
      label={t`Time zone`}
      description={t`Search by city or country, such as Hà Nội, Bangkok or Germany.`}
      name="timezone"
      searchable
      data={[
        { value, label: known ? labelOf(known) : value },
        ...rest.map((zone) => ({ value: zone.name, label: labelOf(zone) })),
      ]}
      // The server has searched: what it found stays as it is, without the present zone unless that was found too.
      filter={({ options }) =>
        options.filter(
          (option) =>
            'value' in option && (typed === null || found.some(({ name }) => name === option.value)),
        )
      }
      nothingFoundMessage={zones.isFetching ? t`Searching` : t`No city or country of this name.`}
      error={zones.error ? sentenceOf(zones.error) : undefined}
      value={value}
      allowDeselect={false}
      onSearchChange={(text) => setTyped(known && text === labelOf(known) ? null : text)}
      onDropdownClose={() => setTyped(null)}
      onChange={(name) => {
        if (name === null) return
        setChosen(found.find((zone) => zone.name === name))
        onChange(name)
      }}
    />
  )
}
