/** What an alert says of itself, true in each part of its life: what raised it, its worst, how it ended. */

import { plural, t } from '@lingui/core/macro'
import { raisedMs, spansOf } from '@/lib/alertSpans'
import type { Alert, Condition } from '@/lib/api/types'
import { formatDate, formatDateTime, formatDuration, formatMeasured, formatTime } from '@/lib/i18n'
import { metricWord } from '@/lib/metricWords'
import { alertDetailWords, conditionWords, peakWords, sentenceCase } from '@/lib/words'

/** The time; with its date where that is not today's. */
export function momentWords(ms: number, now: number): string {
  return formatDate(ms) === formatDate(now) ? formatTime(ms, true) : formatDateTime(ms, true)
}

/** How it was raised, or, once it is over, all of it. name: of the series; nowWords: its value at this moment, if known. */
export function lifeWords(
  alert: Alert,
  name: string | undefined,
  nowWords: string | null,
  now: number,
): string {
  if (alert.condition.kind === 'camera_offline' || alert.condition.kind === 'no_data')
    return absenceWords(alert, now)
  if (alert.state === 'resolved') return pastWords(alert, name ?? metricWord(alert.metric), now)
  const at = momentWords(alert.opened_ms, now)
  const rule = ruleWords(alert)
  const subject = name ?? metricWord(alert.metric)
  const measured = isMeasured(alert) && alert.value !== null
  const value = measured ? measure(alert, alert.value ?? 0) : ''
  const raised = measured
    ? t`Raised at ${at}: ${subject} ${value}, ${rule}.`
    : t`Raised at ${at}: ${subject} ${rule}.`
  return nowWords === null ? raised : `${raised} ${t`Now ${nowWords}.`}`
}

/** Whether the value is that at the raise or a later one. */
export function isValueSince(alert: Alert, { tsMs, value }: { tsMs: number; value: number }): boolean {
  return tsMs >= alert.opened_ms || value === alert.value
}

/** `Was above 8 °C from 01:27:31 to 01:30:02, highest 9.2 °C at 01:28:40, back to 7.4 °C.` */
function pastWords(alert: Alert, subject: string, now: number): string {
  const parts = [timesWords(alert, subject, now)]
  if (isMeasured(alert) && alert.peak !== null) {
    const worst = peakWords(alert.condition, measure(alert, alert.peak))
    const at = alert.peak_ms === null ? '' : momentWords(alert.peak_ms, now)
    parts.push(at === '' ? worst : t`${worst} at ${at}`)
  }
  if (isMeasured(alert) && alert.cleared_value !== null) {
    const back = measure(alert, alert.cleared_value)
    parts.push(t`back to ${back}`)
  }
  return `${parts.join(', ')}.`
}

function timesWords(alert: Alert, subject: string, now: number): string {
  const from = momentWords(alert.opened_ms, now)
  const to = momentWords(alert.resolved_ms ?? now, now)
  const count = spansOf(alert).length + alert.spans_joined
  const total = totalWords(alert, now)
  const rule = ruleWords(alert)
  if (heldWhileRaised(alert))
    return count > 1
      ? t`Was ${rule} ${plural(count, { one: '# time', other: '# times' })} between ${from} and ${to}, ${total} in all`
      : t`Was ${rule} from ${from} to ${to}`
  return count > 1
    ? t`Raised ${plural(count, { one: '# time', other: '# times' })} between ${from} and ${to}, ${total} in all: ${subject} ${rule}`
    : t`Raised from ${from} to ${to}: ${subject} ${rule}`
}

/**
 * Whether the condition held from when the alert was raised until it was over, and not longer. A rule that waits raises
 * later than the condition began; a clear level, a person or the end of the rule ends an alert at another time than it.
 */
function heldWhileRaised({ condition, cleared_value: cleared, resolved_by: by }: Alert): boolean {
  return waitOf(condition) === 0 && !hasClearLevel(condition) && by === null && cleared !== null
}

function hasClearLevel(condition: Condition): boolean {
  switch (condition.kind) {
    case 'above':
    case 'below':
      return condition.clear !== undefined && condition.clear !== condition.level
    case 'outside':
      return (condition.clear ?? 0) !== 0
    default:
      return false
  }
}

/** `above 8 °C for over 5 min`: what the rule watches, with its wait. */
function ruleWords({ condition, unit, metric }: Alert): string {
  const rule = conditionWords(condition, unit, metric)
  const seconds = waitOf(condition)
  if (seconds === 0) return rule
  const time = formatDuration(seconds * 1000)
  return t({ message: `${rule} for over ${time}`, context: 'wait' })
}

function waitOf(condition: Condition): number {
  return 'for_seconds' in condition ? (condition.for_seconds ?? 0) : 0
}

/** Nothing was measured: how long there was nothing. */
function absenceWords(alert: Alert, now: number): string {
  const what = sentenceCase(alertDetailWords(alert))
  const from = momentWords(alert.opened_ms, now)
  if (alert.state !== 'resolved' || alert.resolved_ms === null) return t`${what}; raised at ${from}.`
  const to = momentWords(alert.resolved_ms, now)
  return t`${what}; raised from ${from} to ${to}.`
}

/** The sum of its spans; where pauses were left out, an upper bound. */
export function totalWords(alert: Alert, now: number): string {
  const time = formatDuration(raisedMs(alert, now))
  return alert.spans_joined > 0 ? t`at most ${time}` : time
}

/** `told after the 5 min that the rule waits`: not a delay of the way. */
export function waitingWords({ condition }: Alert): string | null {
  const seconds = waitOf(condition)
  if (seconds === 0) return null
  const time = formatDuration(seconds * 1000)
  return t`raised after the ${time} that the rule waits`
}

function isMeasured({ condition: { kind } }: Alert): boolean {
  return kind === 'above' || kind === 'below' || kind === 'outside'
}

function measure({ series, metric, unit }: Alert, value: number): string {
  return formatMeasured({ id: series, metric, unit }, value)
}
