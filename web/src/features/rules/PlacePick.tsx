import { t } from '@lingui/core/macro'
import { useDebouncedValue } from '@mantine/hooks'
import { useState } from 'react'
import type { Series } from '@/lib/api/types'
import { useSomeSeries } from '@/lib/queries'
import { useSite } from '@/lib/site'
import { seriesName } from '@/lib/words'
import type { Draft } from './draft'
import classes from './RuleSentence.module.css'
import type { Subject } from './subject'
import { Pick } from './tokens'

/** More than these are found by typing. */
const SHOWN = 50
/** Typing asks the server: not with each key. */
const TYPED_AFTER_MS = 250

interface Props {
  draft: Draft
  subject: Subject
  readOnly: boolean
  onChange: (scope: string) => void
}

/** The whole site, or one series of the metric. */
export function PlacePick({ draft, subject, readOnly, onChange }: Props) {
  const { slug } = useSite()
  const [typed, setTyped] = useState('')
  const [q] = useDebouncedValue(typed.trim(), TYPED_AFTER_MS)
  const wanted = { metric: draft.metric, q, limit: SHOWN + 1 }
  const found = useSomeSeries(slug, readOnly ? null : wanted).data ?? []
  const shown = found.filter(({ metric }) => metric === draft.metric).slice(0, SHOWN)
  const searched = typed !== '' || found.length > SHOWN
  return (
    <>
      {searched && (
        <>
          <input
            type="search"
            className={classes.find}
            aria-label={t`Find a place`}
            placeholder={t`Find a place`}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />{' '}
        </>
      )}
      <Pick
        label={t({ message: 'Place', context: 'rule' })}
        value={draft.scope}
        options={[['', t`the whole site`], ...optionsOf(draft.scope, subject, shown)]}
        onChange={onChange}
      />
    </>
  )
}

function optionsOf(
  scope: string,
  { one, place: name }: Subject,
  found: readonly Series[],
): [string, string][] {
  const options = found.map((each): [string, string] => [`series:${each.id}`, wordsOf(each)])
  if (scope === '' || options.some(([value]) => value === scope)) return options
  // What is chosen stays, whatever is searched for.
  const chosen = scope.startsWith('device:') ? t`device ${name}` : one ? wordsOf(one) : name
  return [[scope, chosen], ...options]
}

function wordsOf(series: Series): string {
  return [series.zone?.name, seriesName(series)].filter(Boolean).join(' · ')
}
