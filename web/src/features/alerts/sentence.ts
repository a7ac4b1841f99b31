/** What an alert says of itself, true in each part of its life: what raised it, its worst, how it ended. */

import { plural, t } from '@lingui/core/macro'
import { raisedMs, spansOf } from '@/lib/alertSpans'
import type { Alert } from '@/lib/api/types'
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
  if (alert.state === 'resolved') return pastWords(alert, now)
  const at = momentWords(alert.opened_ms, now)
  const rule = conditionWords(alert.condition, alert.unit, alert.metric)
  const subject = name ?? metricWord(alert.metric)
  const measured = isMeasured(alert) && alert.value !== null
  const value = measured ? measure(alert, alert.value ?? 0) : ''
  const raised = measured
    ? t`Raised at ${at}: ${subject} ${value}, ${rule}.`
    : t`Raised at ${at}: ${subject} ${rule}.`
  return nowWords === null ? raised : `${raised} ${t`Now ${nowWords}.`}`
}

/** `Was above 8 °C from 01:27:31 to 01:30:02, highest 9.2 °C at 01:28:40, back to 7.4 °C.` */
function pastWords(alert: Alert, now: number): string {
  const { condition, unit, metric } = alert
  const rule = conditionWords(condition, unit, metric)
  const spans = spansOf(alert)
  const from = momentWords(alert.opened_ms, now)
  const to = momentWords(alert.resolved_ms ?? now, now)
  const count = spans.length + alert.spans_joined
  const total = totalWords(alert, now)
  const parts = [
    count > 1
      ? t`Was ${rule} ${plural(count, { one: '# time', other: '# times' })} between ${from} and ${to}, ${total} in all`
      : t`Was ${rule} from ${from} to ${to}`,
  ]
  if (isMeasured(alert) && alert.peak !== null) {
    const worst = peakWords(condition, measure(alert, alert.peak))
    const at = alert.peak_ms === null ? '' : momentWords(alert.peak_ms, now)
    parts.push(at === '' ? worst : t`${worst} at ${at}`)
  }
  if (isMeasured(alert) && alert.cleared_value !== null) {
    const back = measure(alert, alert.cleared_value)
    parts.push(t`back to ${back}`)
  }
  return `${parts.join(', ')}.`
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
  const seconds = 'for_seconds' in condition ? (condition.for_seconds ?? 0) : 0
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
