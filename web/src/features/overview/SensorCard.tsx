import { t } from '@lingui/core/macro'
import { memo, useRef } from 'react'
import { Link } from 'react-router'
import { AgeBadge, ageLabel } from '@/components/AgeBadge'
import { SeverityMark } from '@/components/SeverityMark'
import { Sparkline } from '@/components/Sparkline'
import type { Alert, Series } from '@/lib/api/types'
import { nowBySecond, useTextOfNowOnScreen } from '@/lib/live/clock'
import { freshnessOf, type FreshnessState } from '@/lib/live/freshness'
import {
  formatDate,
  formatDateTime,
  formatDuration,
  formatExact,
  formatMeasured,
  formatReading,
  formatTime,
  useLanguage,
} from '@/lib/i18n'
import type { Latest } from '@/lib/live/latest'
import { useAlertOf, useFreshnessState, useLatest } from '@/lib/live'
import { useSite } from '@/lib/site'
import { freshnessWord, severityWord, valueWords } from '@/lib/words'
import type { CardView } from './zones'
import styles from './SensorCard.module.css'

/**
 * One series at a glance: how old, how much, where it has been today, what is too much. Drawn again when one of these
 * changes, not with every alert of the site.
 */
export const SensorCard = memo(function SensorCard({ card }: { card: CardView }) {
  useLanguage()
  const { slug } = useSite()
  const { series } = card
  const latest = useLatest(series.id)
  const alert = useAlertOf(series.id)
  const budgetMs = series.freshness_seconds * 1000
  const state = useFreshnessState(latest?.tsMs, budgetMs)
  const tone = alert && alert.severity !== 'info' ? styles[alert.severity] : ''
  const [threshold] = card.thresholds
  return (
    <Link
      className={`${styles.card} ${tone ?? ''} ${state === 'stale' ? styles.stale : ''}`}
      to={`/s/${slug}/series/${series.id}`}
    >
      <span className="vh">{labelOf(card, alert, latest, state)}</span>
      {/* The sentence above says all of this to a screen reader. */}
      <span className={styles.face} aria-hidden="true">
        <span className={styles.top}>
          {alert && <SeverityMark severity={alert.severity} decorative />}
          <span className={styles.name} title={card.name}>
            {card.name}
          </span>
          <AgeBadge tsMs={latest?.tsMs} budgetMs={budgetMs} />
        </span>
        <Value series={series} alert={alert} latest={latest} />
        <Sparkline
          values={untilNow(card.spark, latest)}
          peaks={card.peaks}
          threshold={series.kind === 'number' ? threshold?.level : undefined}
          critical={alert?.severity === 'critical'}
          step={series.kind === 'binary'}
        />
        <span className={styles.foot}>
          <span>{dayWords(card, latest, state)}</span>
          <span>{limitWords(card, state)}</span>
        </span>
      </span>
    </Link>
  )
})

function Value({
  series,
  alert,
  latest,
}: {
  series: Series
  alert: Alert | null
  latest: Latest | undefined
}) {
  const binary = series.kind === 'binary'
  const text = !latest ? '–' : binary ? valueWords(series, latest.value) : formatReading(series, latest.value)
  return (
    <span className={`${styles.value} ${binary ? styles.words : ''}`}>
      <span className={styles.reading}>
        <span>{text}</span>
        {series.unit && <small>{series.unit}</small>}
      </span>
      {alert && <Aside alert={alert} value={latest?.value} />}
    </span>
  )
}

/** How far over the line; for what is simply on, since when. */
function Aside({ alert, value }: { alert: Alert; value: number | undefined }) {
  const element = useRef<HTMLSpanElement>(null)
  const time = useTextOfNowOnScreen(element, (now) => formatDuration(Math.max(0, now - alert.opened_ms)))
  return (
    <span ref={element} className={styles.aside}>
      {beyondWords(alert, value) ?? time}
    </span>
  )
}

function beyondWords({ series, metric, unit, condition }: Alert, value: number | undefined): string | null {
  if (value === undefined || !('level' in condition)) return null
  const over = formatMeasured({ id: series, metric, unit }, Math.abs(value - condition.level))
  if (condition.kind === 'above' && value > condition.level) return t`${over} over`
  if (condition.kind === 'below' && value < condition.level) return t`${over} under`
  return null
}

/** The line ends at the number above it: its last half hour is an average that the server made minutes ago. */
function untilNow(spark: CardView['spark'], latest: Latest | undefined): CardView['spark'] {
  return latest && spark.at(-1) != null ? [...spark.slice(0, -1), latest.value] : spark
}

function dayWords({ series, min, max }: CardView, latest: Latest | undefined, state: FreshnessState): string {
  const at = latest ? formatTime(latest.tsMs, true) : ''
  if (latest && state === 'stale') return t`last at ${at}`
  if (series.kind === 'binary') return latest ? t`measured at ${at}` : ''
  if (min === null || max === null) return ''
  const value = latest?.value ?? min
  const low = formatReading(series, Math.min(min, value))
  const high = formatReading(series, Math.max(max, value))
  return t`low ${low} · high ${high}`
}

function limitWords({ series, rules }: CardView, state: FreshnessState): string {
  if (state === 'late' || state === 'stale') {
    const budget = formatDuration(series.freshness_seconds * 1000)
    return t`fresh for ${budget}`
  }
  for (const { condition } of rules) {
    if (condition.kind === 'outside') {
      const range = `${formatExact(condition.low)}–${formatExact(condition.high)}`
      return t`limits ${range}`
    }
    if (condition.kind === 'above' || condition.kind === 'below') {
      const level = formatExact(condition.level)
      return t`limit ${level}`
    }
    if (condition.kind === 'is_true' && condition.for_seconds) {
      const most = formatDuration(condition.for_seconds * 1000)
      return t`at most ${most}`
    }
  }
  return ''
}

/**
 * `Temperature, Cold room 1: 8.6 °C, measured at 14:32:08, fresh, critical`. Made anew only when the value or its freshness
 * changes, so it names the time: an age in it would soon be wrong.
 */
function labelOf(
  { series, name }: CardView,
  alert: Alert | null,
  latest: Latest | undefined,
  state: FreshnessState,
): string {
  const place = series.zone ? `${name}, ${series.zone.name}` : name
  if (!latest) return `${place}: ${t`no reading yet`}`
  const value = valueWords(series, latest.value)
  const parts = [value, timeWords(latest.tsMs, series.freshness_seconds * 1000, state)]
  if (alert) parts.push(severityWord(alert.severity).toLowerCase())
  return `${place}: ${parts.join(', ')}`
}

function timeWords(tsMs: number, budgetMs: number, state: FreshnessState): string {
  const nowMs = nowBySecond()
  if (state === 'skewed') return ageLabel(freshnessOf({ tsMs, budgetMs, nowMs }), tsMs)
  const today = formatDate(tsMs) === formatDate(nowMs)
  const at = today ? formatTime(tsMs, true) : formatDateTime(tsMs)
  return `${t`measured at ${at}`}, ${freshnessWord(state)}`
}
