import { t } from '@lingui/core/macro'
import { SeverityMark } from '@/components/SeverityMark'
import type { Metric, Severity, SiteMetric } from '@/lib/api/types'
import { binaryWord, metricWord } from '@/lib/metricWords'
import { severityWord } from '@/lib/words'
import { changeMetric, kindsFor, type Direction, type Draft, type DraftErrors, type Kind } from './draft'
import { PlacePick } from './PlacePick'
import classes from './RuleSentence.module.css'
import { ScheduleSentence } from './ScheduleSentence'
import type { Subject } from './subject'
import { Amount, DurationToken, Pick } from './tokens'
import { kindWords } from './words'

interface Props {
  draft: Draft
  subject: Subject
  measured: readonly SiteMetric[]
  metrics: readonly Metric[]
  errors: DraftErrors
  readOnly: boolean
  onChange: (change: Partial<Draft>) => void
}

/** When {metric} in {place} is {above} {x} for {d}, clear below {y}, raise a {severity} alert: each piece a control. */
export function RuleSentence(props: Props) {
  const { draft, subject, measured, metrics, readOnly, onChange } = props
  const isBinary = (metric: string) =>
    [...measured, ...metrics].find((each) => each.metric === metric)?.kind === 'binary'
  return (
    <fieldset className={classes.sentence} disabled={readOnly}>
      <legend className="vh">{t`The rule's sentence`}</legend>
      {t({ message: 'When', context: 'rule' })}{' '}
      <Pick
        label={t`Metric`}
        value={draft.metric}
        options={metricOptions(draft, measured, metrics)}
        onChange={(metric) => onChange(changeMetric(draft, isBinary(metric), metric))}
      />{' '}
      {t({ message: 'in', context: 'rule' })}{' '}
      <PlacePick
        key={draft.metric}
        draft={draft}
        subject={subject}
        readOnly={readOnly}
        onChange={(scope) => onChange({ scope })}
      />{' '}
      <Pick
        label={t`Condition`}
        value={draft.kind}
        options={kindsFor(subject.binary).map((kind) => [
          kind,
          kind === 'is_true' ? binaryWord(draft.metric, true).toLowerCase() : kindWords(kind),
        ])}
        onChange={(kind) => onChange({ kind: kind as Kind })}
      />{' '}
      <ConditionTokens {...props} unit={subject.unit} />
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
  measured: readonly SiteMetric[],
  metrics: readonly Metric[],
): [string, string][] {
  const usual = metrics.filter((each) => each.usual)
  const names = new Set([...measured, ...usual, draft].map((each) => each.metric))
  return [...names]
    .map((metric): [string, string] => [metric, metricWord(metric)])
    .sort((a, b) => a[1].localeCompare(b[1], 'vi'))
}
