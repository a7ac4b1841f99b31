/** What a draft would watch, asked for by itself: a site may have 30,000 series. */

import type { Metric, Rule, Series, SiteMetric } from '@/lib/api/types'
import { useOneSeries, useSomeSeries } from '@/lib/queries'
import { useSite } from '@/lib/site'
import { scopeOf, type Draft, type Kind } from './draft'
import { placeOf } from './words'

/** Those of the site before the catalogue's: a site's own series say what a metric is there. */
export type KnownMetric = Metric | SiteMetric

export interface Subject {
  /** The one that is named, or the device's; undefined for the whole site, and until it is read. */
  one: Series | undefined
  unit: string
  binary: boolean
  /** '' for the whole site. */
  place: string
}

/** rule: as it is saved; it says what is not read yet. */
export function useSubject(draft: Draft, known: readonly KnownMetric[], rule: Rule | undefined): Subject {
  const { slug } = useSite()
  const { series, device } = scopeOf(draft)
  const named = useOneSeries(slug, series)
  const ofDevice = useSomeSeries(slug, device === null ? null : { device, metric: draft.metric, limit: 1 })
  const one = series === null ? (device === null ? undefined : ofDevice.data?.[0]) : named.data
  const reading = (series !== null && named.isPending) || (device !== null && ofDevice.isPending)
  const metric = known.find((each) => each.metric === draft.metric)
  const saved =
    rule && scopeOf(draft).series === rule.series && device === rule.device ? rule.watched : undefined
  const kind = one?.kind ?? (reading ? kindOf(draft.kind) : undefined) ?? metric?.kind
  const place = one ? (series === null ? one.device_name : placeOf(one)) : (saved?.place ?? device ?? '')
  return {
    one,
    unit: (one ?? (reading ? saved : undefined) ?? metric)?.unit ?? '',
    binary: kind === 'binary',
    place,
  }
}

function kindOf(condition: Kind): Series['kind'] | undefined {
  if (condition === 'no_data') return undefined
  return condition === 'is_true' ? 'binary' : 'number'
}
