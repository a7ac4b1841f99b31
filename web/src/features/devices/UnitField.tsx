import { t } from '@lingui/core/macro'
import { Autocomplete } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'

import { api, body } from '@/lib/api/client'
import { currentLanguage } from '@/lib/i18n'

const TYPING_MS = 150
const MOST_CHARACTERS = 20

/** A unit of the server's list, found by symbol or by name; any other short text will do too. */
export function UnitField({ value, onChange }: { value: string; onChange: (unit: string) => void }) {
  const [query] = useDebouncedValue(value, TYPING_MS)
  const { data: units = [] } = useQuery({
    queryKey: ['units', query],
    queryFn: () => body(api.GET('/api/v1/units', { params: { query: { q: query } } })),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  })
  const english = currentLanguage() === 'en'
  const nameOf = new Map(
    units.map((unit) => [
      unit.symbol,
      english ? `${unit.name_en} · ${unit.quantity_en}` : `${unit.name_vi} · ${unit.quantity_vi}`,
    ]),
  )
  return (
    <Autocomplete
      label={t`Unit`}
      description={t`Search by symbol or name, or type one of your own.`}
      data={units.map(({ symbol }) => symbol)}
      value={value}
      onChange={onChange}
      maxLength={MOST_CHARACTERS}
      // The server has searched already, by names too.
      filter={({ options }) => options}
      renderOption={({ option }) => (
        <span>
          <b>{option.value}</b> <span className="small muted">{nameOf.get(option.value)}</span>
        </span>
      )}
      autoComplete="off"
      spellCheck={false}
    />
  )
}
