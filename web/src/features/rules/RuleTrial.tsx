import { plural, t } from '@lingui/core/macro'
import { useState } from 'react'
import { AgeBadge } from '@/components/AgeBadge'
import { ErrorState } from '@/components/ErrorState'
import { RangePicker } from '@/components/RangePicker'
import type { Standing } from '@/lib/api/types'
import { formatDate, formatDuration } from '@/lib/i18n'
import { useSomeSeries } from '@/lib/queries'
import { useSite } from '@/lib/site'
import { seriesName, valueWords } from '@/lib/words'
import type { Draft } from './draft'
import classes from './RuleTrial.module.css'
import { RANGES, useTrial, type Past, type RangeName } from './trial'

const NAMES = Object.keys(RANGES) as RangeName[]
const MOST_SHOWN = 5

/** Below the sentence: what it would say of the present values, and how often it would have raised. */
export function RuleTrial({ draft }: { draft: Draft }) {
  const [range, setRange] = useState<RangeName>('7d')
  const { whole, settling, now, past } = useTrial(draft, range)
  const running = settling || past.isFetching
  return (
    <section className="panel" aria-busy={whole && running}>
      <header className="wrap">
        <h2 className="grow">{t`Try it`}</h2>
        <RangePicker names={NAMES} value={range} onChange={setRange} />
      </header>
      <div className={`body ${classes.trial}`}>
        {!whole && <p className="soft">{t`Finish the sentence to see what it would have said.`}</p>}
        {whole && now.data && <Present standings={now.data.series} />}
        {whole && now.data?.partial && (
          <p className="small soft">{t`Only some of the measured series are shown.`}</p>
        )}
        {whole && past.error && !running && (
          <ErrorState error={past.error} onRetry={() => void past.refetch()} />
        )}
        {whole && !past.data && running && (
          <p className="soft" role="status">{t`Trying it on stored readings…`}</p>
        )}
        {whole && past.data && <Replay past={past.data} draft={draft} pale={running} />}
      </div>
    </section>
  )
}

function Present({ standings }: { standings: readonly Standing[] }) {
  const { slug } = useSite()
  const first = standings.slice(0, MOST_SHOWN)
  const ids = first.map(({ series }) => series).join(',')
  const shown = useSomeSeries(slug, ids === '' ? null : { ids }).data ?? []
  const more = standings.length - first.length
  const raising = standings.filter((each) => each.raises).length
  const count = standings.length
  if (count === 0)
    return (
      <p className="soft">{t`Nothing measures this yet; once something does, the rule will watch it.`}</p>
    )
  return (
    <>
      <p>
        <b>{t`With the present values:`}</b>{' '}
        {raising === 0 ? t`no alert` : t`an alert for ${raising} of ${count}`}
      </p>
      <ul className={classes.present}>
        {first.map((each) => {
          const one = shown.find(({ id }) => id === each.series)
          const place = [one?.zone?.name, one && seriesName(one)].filter(Boolean).join(' · ')
          return (
            <li key={each.series}>
              <span className="grow">{place}</span>
              <b>{one && each.value !== null ? valueWords(one, each.value) : '–'}</b>
              {one && each.ts_ms !== null && (
                <AgeBadge tsMs={each.ts_ms} budgetMs={one.freshness_seconds * 1000} />
              )}
              <span className={each.raises ? classes.raises : 'soft'}>{standingWords(each)}</span>
            </li>
          )
        })}
      </ul>
      {more > 0 && <p className="small soft">{t`and ${more} more`}</p>}
    </>
  )
}

function standingWords({ raises, reason, waits_ms }: Standing): string {
  if (raises) return t`would raise now`
  switch (reason) {
    case 'waiting': {
      const wait = formatDuration(waits_ms ?? 0)
      return t`would raise in ${wait}`
    }
    case 'beyond':
      return t`not back at the clear level yet`
    case 'old':
      return t`too old to raise`
    case 'no_value':
      return t`no reading yet`
    default:
      return t`would not raise`
  }
}

/** In words first, then as a strip of time. */
function Replay({ past, draft, pale }: { past: Past; draft: Draft; pale: boolean }) {
  const { with: found, without_clear: without } = past
  const { count, flaps } = found
  const clear = draft.kind === 'outside' ? draft.margin : draft.clear
  const longest = formatDuration(found.longest_ms)
  const total = formatDuration(found.time_ms)
  const span = past.to - past.from
  const bare = without && without.count !== count ? without : null
  return (
    <div data-pale={pale || undefined} className={classes.replay}>
      <p role="status">
        {count === 0 ? (
          t`It would not have raised.`
        ) : bare ? (
          <>
            {timesWords(bare.count, bare.flaps)}
            {'; '}
            {draft.kind === 'outside'
              ? t`with a margin of ${clear}: ${count}`
              : t`with ${clear} as clear level: ${count}`}
          </>
        ) : (
          timesWords(count, flaps)
        )}
        {count > 0 && <span className="soft"> {t`Longest ${longest}, ${total} in all.`}</span>}
      </p>
      <div className={classes.strip} aria-hidden="true">
        {found.spans.map(([from = 0, to = 0]) => (
          <i
            key={from}
            style={{
              left: `${((from - past.from) / span) * 100}%`,
              width: `${Math.max(0.25, ((to - from) / span) * 100)}%`,
            }}
          />
        ))}
      </div>
      <div className={`small soft ${classes.ends}`}>
        <span>{formatDate(past.from)}</span>
        <span>{t`now`}</span>
      </div>
      <p className="small soft">{coverWords(past)}</p>
    </div>
  )
}

function timesWords(count: number, flaps: number): string {
  const times = plural(count, { one: '# time', other: '# times' })
  return flaps > 0 ? t`${times}, ${flaps} of them flaps` : times
}

/** A range that begins before the kept readings is `partial` too: that reason first. */
function coverWords(past: Past): string {
  if (past.raw_from_ms > past.from) {
    const from = formatDate(past.raw_from_ms)
    return t`Readings themselves are kept since ${from} only; what was before is left out.`
  }
  if (past.partial)
    return t`That was too much to try as a whole: some of the range or of the series is left out.`
  return t`Played by the same rules that run on arrival, at all hours.`
}
