import { t } from '@lingui/core/macro'
import type { ReactNode } from 'react'

import { SeverityMark } from '@/components/SeverityMark'
import type { Metric, Series, Severity } from '@/lib/api/types'
import { binaryWord, metricWord } from '@/lib/metricWords'
import { severityWord } from '@/lib/words'

import {
  changeMetric,
  isBinary,
  kindsFor,
  watched,
  type Direction,
  type Draft,
  type DraftErrors,
  type Kind,
} from './draft'
import classes from './RulesPage.module.css'
import { kindWords } from './words'

interface Props {
  draft: Draft
  series: readonly Series[]
  metrics: readonly Metric[]
  errors: DraftErrors
  readOnly: boolean
  onChange: (change: Partial<Draft>) => void
}

/** When {metric} in {place} is {above} {x} for {d}, clear below {y}, raise a {severity} alert: each piece a control. */
export function RuleSentence(props: Props) {
  const { draft, series, metrics, readOnly, onChange } = props
  const unit = (watched(draft, series)[0] ?? series.find((each) => each.metric === draft.metric))?.unit ?? ''
  return (
    <fieldset className={classes.sentence} disabled={readOnly}>
      <legend className="vh">{t`The rule's sentence`}</legend>
      {t({ message: 'When', context: 'rule' })}{' '}
      <Pick
        label={t`Metric`}
        value={draft.metric}
        options={metricOptions(draft, series, metrics)}
        onChange={(metric) => onChange(changeMetric(draft, series, metrics, metric))}
      />{' '}
      {t({ message: 'in', context: 'rule' })}{' '}
      <Pick
        label={t({ message: 'Place', context: 'rule' })}
        value={draft.scope}
        options={scopeOptions(draft, series)}
        onChange={(scope) => onChange({ scope })}
      />{' '}
      <Pick
        label={t`Condition`}
        value={draft.kind}
        options={kindsFor(isBinary(draft, series, metrics)).map((kind) => [kind, kindWords(kind)])}
        onChange={(kind) => onChange({ kind: kind as Kind })}
      />{' '}
      <ConditionTokens {...props} unit={unit} />
      {t({ message: ', raise an alert that is', context: 'rule' })}{' '}
      <SeverityPick value={draft.severity} onChange={(severity) => onChange({ severity })} />
      {'.'}
    </fieldset>
  )
}

function ConditionTokens(props: Props & { unit: string }) {
  const { draft, unit, onChange } = props
  switch (draft.kind) {
    case 'above':
    case 'below':
      return (
        <>
          <Amount {...props} field="level" label={t`Raise level`} unit={unit} />
          <Held {...props} />
          {draft.kind === 'above'
            ? t({ message: ', clear below', context: 'rule' })
            : t({ message: ', clear above', context: 'rule' })}{' '}
          <Amount {...props} field="clear" label={t`Clear level`} unit={unit} />
        </>
      )
    case 'outside':
      return (
        <>
          <Amount {...props} field="low" label={t`Lower level`} unit={unit} />{' '}
          {t({ message: 'to', context: 'rule' })}{' '}
          <Amount {...props} field="high" label={t`Upper level`} unit={unit} />
          <Held {...props} />
          {t({ message: ', clear once inside by', context: 'rule' })}{' '}
          <Amount {...props} field="margin" label={t`Hysteresis`} unit={unit} />
        </>
      )
    case 'rate':
      return (
        <>
          <Amount
            {...props}
            field="perMinute"
            label={t`Change a minute`}
            unit={unit ? `${unit}/${t`minutes`}` : t`a minute`}
          />{' '}
          <Pick
            label={t`Direction`}
            value={draft.direction}
            options={directionOptions()}
            onChange={(direction) => onChange({ direction: direction as Direction })}
          />{' '}
          {t({ message: 'measured over', context: 'rule' })}{' '}
          <Amount {...props} field="windowMinutes" label={t`Window`} unit={t`minutes`} />
        </>
      )
    case 'no_data':
      return (
        <>
          {t({ message: 'for over', context: 'rule' })}{' '}
          <Amount {...props} field="forSeconds" label={t`Duration`} unit={t`seconds`} />
        </>
      )
    case 'is_true':
      return (
        <>
          <b>{binaryWord(draft.metric, true)}</b>
          <Held {...props} />
        </>
      )
  }
}

/** `for 60 seconds`. */
function Held(props: Props) {
  return (
    <>
      {' '}
      {t({ message: 'for', context: 'rule' })}{' '}
      <Amount {...props} field="forSeconds" label={t`Duration`} unit={t`seconds`} />
    </>
  )
}

interface AmountProps extends Props {
  field: 'level' | 'clear' | 'low' | 'high' | 'margin' | 'perMinute' | 'windowMinutes' | 'forSeconds'
  label: string
  unit: string
}

function Amount({ draft, errors, onChange, field, label, unit }: AmountProps) {
  const value = draft[field]
  return (
    <span className={classes.amount} data-wrong={errors[field] ? true : undefined}>
      <input
        aria-label={unit ? `${label}, ${unit}` : label}
        aria-invalid={errors[field] ? true : undefined}
        value={value}
        inputMode="decimal"
        autoComplete="off"
        style={{ width: `${Math.max(3, value.length + 1)}ch` }}
        onChange={(event) => onChange({ [field]: event.currentTarget.value })}
      />
      {unit && <span>{unit}</span>}
    </span>
  )
}

interface PickProps {
  label: string
  value: string
  options: readonly (readonly [value: string, words: string])[]
  onChange: (value: string) => void
  mark?: ReactNode
  tone?: string
}

function Pick({ label, value, options, onChange, mark, tone }: PickProps) {
  const shown = options.find(([each]) => each === value)?.[1] ?? value
  return (
    <span className={classes.pick} data-tone={tone}>
      {mark}
      {/* As wide as what it says: a select alone is as wide as its longest option. */}
      <span className={classes.shown} aria-hidden="true">
        {shown}
      </span>
      <select aria-label={label} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map(([each, words]) => (
          <option key={each} value={each}>
            {words}
          </option>
        ))}
      </select>
    </span>
  )
}

function SeverityPick({ value, onChange }: { value: Severity; onChange: (severity: Severity) => void }) {
  const severities: readonly Severity[] = ['critical', 'warning', 'info']
  return (
    <Pick
      label={t`Level`}
      value={value}
      tone={value}
      mark={<SeverityMark severity={value} decorative />}
      options={severities.map((severity) => [severity, severityWord(severity)])}
      onChange={(severity) => onChange(severity as Severity)}
    />
  )
}

function directionOptions(): [Direction, string][] {
  return [
    ['any', t`up or down`],
    ['up', t({ message: 'up', context: 'rule' })],
    ['down', t({ message: 'down', context: 'rule' })],
  ]
}

/** The metrics of the site's series, and the usual ones for which a rule may wait. */
function metricOptions(
  draft: Draft,
  series: readonly Series[],
  metrics: readonly Metric[],
): [string, string][] {
  const usual = metrics.filter((each) => each.usual)
  const names = new Set([...series, ...usual, draft].map((each) => each.metric))
  return [...names]
    .map((metric): [string, string] => [metric, metricWord(metric)])
    .sort((a, b) => a[1].localeCompare(b[1], 'vi'))
}

function scopeOptions(draft: Draft, series: readonly Series[]): [string, string][] {
  const own = series.filter((each) => each.metric === draft.metric)
  const devices = new Map(own.map((each) => [each.device, each.device_name]))
  const perDevice = (device: string) => own.filter((each) => each.device === device).length
  return [
    ['', t`the whole site`],
    ...own.map((each): [string, string] => [
      `series:${each.id}`,
      each.zone ? `${each.zone.name} (${each.device_name})` : each.device_name,
    ]),
    ...[...devices]
      .filter(([id]) => perDevice(id) > 1 || draft.scope === `device:${id}`)
      .map(([id, name]): [string, string] => [`device:${id}`, t`device ${name}`]),
  ]
}
