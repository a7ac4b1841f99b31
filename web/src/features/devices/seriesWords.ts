/** The words of the fields of a series, for a conflict. */

import { plural, t } from '@lingui/core/macro'

import { formatDuration, formatNumber } from '@/lib/i18n'

import type { SeriesDraft } from './seriesDraft'

export function fieldWords(field: keyof SeriesDraft): string {
  switch (field) {
    case 'name':
      return t`Name`
    case 'unit':
      return t`Unit`
    case 'kind':
      return t`Kind`
    case 'decimals':
      return t`Decimals`
    case 'onWord':
      return t`Word for 1`
    case 'offWord':
      return t`Word for 0`
    case 'freshnessSeconds':
      return t`Old after`
    case 'rawDays':
      return t`Keep readings`
    case 'tierDays':
      return t`Keep averages`
  }
}

export function fieldValueWords(field: keyof SeriesDraft, draft: SeriesDraft): string {
  switch (field) {
    case 'kind':
      return draft.kind === 'binary' ? t`Two states: 1 and 0` : t`A number`
    case 'decimals':
      return draft.decimals === null ? t`as the data has them` : formatNumber(draft.decimals, 0)
    case 'freshnessSeconds':
      return draft.freshnessSeconds === null
        ? t`by the reporting interval`
        : formatDuration(draft.freshnessSeconds * 1000)
    case 'rawDays':
      return plural(draft.rawDays, { one: '# day', other: '# days' })
    case 'tierDays':
      return plural(draft.tierDays, { one: '# day', other: '# days' })
    default:
      return draft[field] || t`empty`
  }
}
