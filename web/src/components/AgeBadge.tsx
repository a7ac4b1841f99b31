import { t } from '@lingui/core/macro'
import { useRef } from 'react'
import { nowBySecond, useTextOfNowOnScreen } from '@/lib/live/clock'
import { freshnessOf, type Freshness } from '@/lib/live/freshness'
import { formatAge, formatDuration, formatTime } from '@/lib/i18n'
import { useOffline } from '@/lib/live'
import { freshnessWord } from '@/lib/words'
import { FreshMark } from './FreshMark'

interface AgeBadgeProps {
  /** Time of the value by the device; undefined: no reading yet. */
  tsMs: number | undefined
  budgetMs: number
  /** With the time of measurement, for a page that has room. */
  full?: boolean
}

function shortText(freshness: Freshness, tsMs: number): string {
  const age = formatAge(freshness.ageMs, tsMs)
  if (freshness.state === 'skewed') {
    const ahead = formatDuration(freshness.aheadMs)
    return t`device clock ${ahead} fast`
  }
  return freshness.state === 'fresh' ? age : `${age}, ${freshnessWord(freshness.state)}`
}

/** The age in words for a label: `3 s old, fresh`. */
export function ageLabel(freshness: Freshness, tsMs: number | undefined): string {
  if (tsMs === undefined || freshness.state === 'none') return t`no reading yet`
  if (freshness.state === 'skewed') return shortText(freshness, tsMs)
  const age = formatAge(freshness.ageMs, tsMs)
  const word = freshnessWord(freshness.state)
  return t`${age} old, ${word}`
}

const TONE = { fresh: '', late: 'late', skewed: 'late', stale: 'stale', none: 'stale' } as const

/** How old a value is, counted by the page's own timer, also when the line is lost. */
export function AgeBadge({ tsMs, ...rest }: AgeBadgeProps) {
  if (tsMs !== undefined) return <Age tsMs={tsMs} {...rest} />
  return (
    <span className={`age ${TONE.none}`}>
      <FreshMark state="none" />
      {t`no reading yet`}
    </span>
  )
}

function Age({ tsMs, budgetMs, full = false }: AgeBadgeProps & { tsMs: number }) {
  const offline = useOffline()
  const element = useRef<HTMLTimeElement>(null)
  const freshnessAt = (nowMs: number) => freshnessOf({ tsMs, budgetMs, nowMs, offline })
  // Draws again when its words change: an hour that passes changes none for minutes.
  useTextOfNowOnScreen(element, (nowMs) => {
    const freshness = freshnessAt(nowMs)
    return `${freshness.state} ${ageLabel(freshness, tsMs)}`
  })
  const freshness = freshnessAt(nowBySecond())
  const measured = formatTime(tsMs, true)
  return (
    <time
      ref={element}
      className={`age ${TONE[freshness.state]}`}
      dateTime={new Date(tsMs).toISOString()}
      aria-label={ageLabel(freshness, tsMs)}
    >
      <FreshMark state={freshness.state} />
      {shortText(freshness, tsMs)}
      {full && ` · ${t`measured at ${measured}`}`}
    </time>
  )
}
