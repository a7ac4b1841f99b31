import { t } from '@lingui/core/macro'
import type { ReactNode } from 'react'

import { SeverityMark } from '@/components/SeverityMark'
import type { Series, Severity } from '@/lib/api/types'
import { binaryWord, metricWord, severityWord } from '@/lib/words'

import { kindsFor, watched, type Direction, type Draft, type DraftErrors, type Kind } from './draft'
import classes from './RulesPage.module.css'
import { kindWords } from './words'

interface Props {
  draft: Draft
  series: readonly Series[]
  errors: DraftErrors
  readOnly: boolean
  onChange: (change: Partial<Draft>) => void
}

/** When {metric} in {place} is {above} {x} for {d}, clear below {y}, raise a {severity} alert: each piece a control. */
export function RuleSentence(props: Props) {
  const { draft, series, readOnly, onChange } = props
  const unit = (watched(draft, series)[0] ?? series.find((each) => each.metric === draft.metric))?.unit ?? ''
  const binary = isBinary(draft, series)
  return (
    <fieldset className={classes.sentence} disabled={readOnly}>
      <legend className="vh">{t`Câu của quy tắc`}</legend>
      {t({ message: 'Khi', context: 'rule' })}{' '}
      <Pick
        label={t`Chỉ số`}
        value={draft.metric}
        options={metricOptions(draft, series)}
        onChange={(metric) => onChange(withMetric(draft, series, metric))}
      />{' '}
      {t({ message: 'ở', context: 'rule' })}{' '}
      <Pick
        label={t`Nơi`}
        value={draft.scope}
        options={scopeOptions(draft, series)}
        onChange={(scope) => onChange({ scope })}
      />{' '}
      <Pick
        label={t`Điều kiện`}
        value={draft.kind}
        options={kindsFor(binary).map((kind) => [kind, kindWords(kind)])}
        onChange={(kind) => onChange({ kind: kind as Kind })}
      />{' '}
      <ConditionTokens {...props} unit={unit} />
      {t({ message: ', mở một cảnh báo', context: 'rule' })}{' '}
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
          <Amount {...props} field="level" label={t`Mức báo`} unit={unit} />
          <Held {...props} />
          {draft.kind === 'above'
            ? t({ message: ', coi là hết khi dưới', context: 'rule' })
            : t({ message: ', coi là hết khi trên', context: 'rule' })}{' '}
          <Amount {...props} field="clear" label={t`Mức hết`} unit={unit} />
        </>
      )
    case 'outside':
      return (
        <>
          <Amount {...props} field="low" label={t`Mức dưới`} unit={unit} />{' '}
          {t({ message: 'đến', context: 'rule' })}{' '}
          <Amount {...props} field="high" label={t`Mức trên`} unit={unit} />
          <Held {...props} />
          {t({ message: ', coi là hết khi vào trong thêm', context: 'rule' })}{' '}
          <Amount {...props} field="margin" label={t`Khoảng chênh`} unit={unit} />
        </>
      )
    case 'rate':
      return (
        <>
          <Amount
            {...props}
            field="perMinute"
            label={t`Mức đổi mỗi phút`}
            unit={unit ? `${unit}/${t`phút`}` : t`mỗi phút`}
          />{' '}
          <Pick
            label={t`Chiều`}
            value={draft.direction}
            options={directionOptions()}
            onChange={(direction) => onChange({ direction: direction as Direction })}
          />{' '}
          {t({ message: 'tính trên', context: 'rule' })}{' '}
          <Amount {...props} field="windowMinutes" label={t`Cửa sổ tính`} unit={t`phút`} />
        </>
      )
    case 'no_data':
      return (
        <>
          {t({ message: 'quá', context: 'rule' })}{' '}
          <Amount {...props} field="forSeconds" label={t`Thời gian`} unit={t`giây`} />
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

/** `trong 60 giây`. */
function Held(props: Props) {
  return (
    <>
      {' '}
      {t({ message: 'trong', context: 'rule' })}{' '}
      <Amount {...props} field="forSeconds" label={t`Thời gian`} unit={t`giây`} />
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
      label={t`Mức`}
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
    ['any', t`lên hoặc xuống`],
    ['up', t({ message: 'lên', context: 'rule' })],
    ['down', t({ message: 'xuống', context: 'rule' })],
  ]
}

/** Metrics that no series of this site has yet, but for which a rule may wait. */
const USUAL_METRICS = ['temperature', 'humidity', 'motion', 'smoke', 'water_leak', 'door']
const USUAL_BINARY = new Set(['motion', 'smoke', 'water_leak', 'door', 'gas', 'window', 'vibration'])

function metricOptions(draft: Draft, series: readonly Series[]): [string, string][] {
  const metrics = new Set([...series.map((each) => each.metric), ...USUAL_METRICS, draft.metric])
  return [...metrics]
    .map((metric): [string, string] => [metric, metricWord(metric)])
    .sort((a, b) => a[1].localeCompare(b[1], 'vi'))
}

function scopeOptions(draft: Draft, series: readonly Series[]): [string, string][] {
  const own = series.filter((each) => each.metric === draft.metric)
  const devices = new Map(own.map((each) => [each.device, each.device_name]))
  const perDevice = (device: string) => own.filter((each) => each.device === device).length
  return [
    ['', t`cả điểm`],
    ...own.map((each): [string, string] => [
      `series:${each.id}`,
      each.zone ? `${each.zone.name} (${each.device_name})` : each.device_name,
    ]),
    ...[...devices]
      .filter(([id]) => perDevice(id) > 1 || draft.scope === `device:${id}`)
      .map(([id, name]): [string, string] => [`device:${id}`, t`thiết bị ${name}`]),
  ]
}

function isBinary(draft: Draft, series: readonly Series[]): boolean {
  const known = series.find((each) => each.metric === draft.metric)
  return known ? known.kind === 'binary' : USUAL_BINARY.has(draft.metric)
}

/** Another metric has other places and, between a number and a state, other conditions. */
function withMetric(draft: Draft, series: readonly Series[], metric: string): Partial<Draft> {
  const kinds = kindsFor(isBinary({ ...draft, metric }, series))
  const kind = kinds.includes(draft.kind) ? draft.kind : (kinds[0] ?? draft.kind)
  return { metric, kind, scope: '', forSeconds: kind === 'is_true' ? '0' : draft.forSeconds }
}
