import { t } from '@lingui/core/macro'
import { SeverityMark } from '@/components/SeverityMark'
import type { Metric, Series, Severity } from '@/lib/api/types'
import { binaryWord, metricWord } from '@/lib/metricWords'
import { seriesName, severityWord } from '@/lib/words'
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
import classes from './RuleSentence.module.css'
import { ScheduleSentence } from './ScheduleSentence'
import { Amount, DurationToken, Pick } from './tokens'
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
  const ofMetric = (each: { metric: string }) => each.metric === draft.metric
  const unit = (watched(draft, series)[0] ?? series.find(ofMetric) ?? metrics.find(ofMetric))?.unit ?? ''
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
        options={kindsFor(isBinary(draft, series, metrics)).map((kind) => [
          kind,
          kind === 'is_true' ? binaryWord(draft.metric, true).toLowerCase() : kindWords(kind),
        ])}
        onChange={(kind) => onChange({ kind: kind as Kind })}
      />{' '}
      <ConditionTokens {...props} unit={unit} />
      {t({ message: ', raise a', context: 'rule' })}{' '}
      <SeverityPick value={draft.severity} onChange={(severity) => onChange({ severity })} />
      {t({ message: ' alert.', context: 'rule' })}
      <ScheduleSentence draft={draft} errors={props.errors} onChange={onChange} />
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
          <Level {...props} field="level" label={t`Raise level`} unit={unit} /> <Held {...props} />
          {draft.kind === 'above'
            ? t({ message: ', clear below', context: 'rule' })
            : t({ message: ', clear above', context: 'rule' })}{' '}
          <Level {...props} field="clear" label={t`Clear level`} unit={unit} />
        </>
      )
    case 'outside':
      return (
        <>
          <Level {...props} field="low" label={t`Lower level`} unit={unit} />{' '}
          {t({ message: 'to', context: 'rule' })}{' '}
          <Level {...props} field="high" label={t`Upper level`} unit={unit} /> <Held {...props} />
          {t({ message: ', clear once inside by', context: 'rule' })}{' '}
          <Level {...props} field="margin" label={t`Hysteresis`} unit={unit} />
        </>
      )
    case 'rate':
      return (
        <>
          <Level
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
          <DurationToken
            field="windowAmount"
            label={t`Window`}
            unitLabel={t`Unit of the window`}
            amount={draft.windowAmount}
            unit={draft.windowUnit}
            wrong={props.errors.windowAmount !== undefined}
            onChange={({ amount = draft.windowAmount, unit: windowUnit = draft.windowUnit }) =>
              onChange({ windowAmount: amount, windowUnit })
            }
          />{' '}
          <Held {...props} />
        </>
      )
    case 'no_data':
      return <Held {...props} joint={t({ message: 'for over', context: 'rule' })} />
    case 'is_true':
      return <Held {...props} />
  }
}

/** `for 5 minutes`. */
function Held({ draft, errors, onChange, joint }: Props & { joint?: string }) {
  return (
    <>
      {joint ?? t({ message: 'for', context: 'rule' })}{' '}
      <DurationToken
        field="forAmount"
        label={t`Duration`}
        unitLabel={t`Unit of the duration`}
        amount={draft.forAmount}
        unit={draft.forUnit}
        wrong={errors.forAmount !== undefined}
        onChange={({ amount = draft.forAmount, unit = draft.forUnit }) =>
          onChange({ forAmount: amount, forUnit: unit })
        }
      />
    </>
  )
}

interface LevelProps extends Props {
  field: 'level' | 'clear' | 'low' | 'high' | 'margin' | 'perMinute'
  label: string
  unit: string
}

function Level({ draft, errors, onChange, field, label, unit }: LevelProps) {
  return (
    <Amount
      field={field}
      label={label}
      unit={unit}
      value={draft[field]}
      wrong={errors[field] !== undefined}
      onChange={(value) => onChange({ [field]: value })}
    />
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
      [each.zone?.name, seriesName(each)].filter(Boolean).join(' · '),
    ]),
    ...[...devices]
      .filter(([id]) => perDevice(id) > 1 || draft.scope === `device:${id}`)
      .map(([id, name]): [string, string] => [`device:${id}`, t`device ${name}`]),
  ]
}
