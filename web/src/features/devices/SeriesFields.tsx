import { t } from '@lingui/core/macro'
import { NumberInput, Select, TextInput } from '@mantine/core'

import type { Rule, Series } from '@/lib/api/types'
import { formatDuration } from '@/lib/i18n'
import { binaryWord, metricWord } from '@/lib/metricWords'
import { useMetrics, useRules } from '@/lib/queries'
import { useSite } from '@/lib/site'

import classes from '@/components/EditParts.module.css'
import type { SeriesDraft } from './seriesDraft'
import { UnitField } from './UnitField'

const MOST_SECONDS = 31 * 24 * 3600
const DECIMALS = ['0', '1', '2', '3', '4', '5', '6']

interface Props {
  series: Series
  draft: SeriesDraft
  onChange: (draft: SeriesDraft) => void
}

export function SeriesFields({ series, draft, onChange }: Props) {
  const change = (part: Partial<SeriesDraft>) => onChange({ ...draft, ...part })
  return (
    <>
      <TextInput
        label={t`Name`}
        placeholder={metricWord(series.metric)}
        description={t`Empty: the name of the metric.`}
        value={draft.name}
        onChange={(event) => change({ name: event.currentTarget.value })}
        maxLength={120}
        data-autofocus
      />
      <KindField series={series} draft={draft} onChange={onChange} />
      {draft.kind === 'binary' ? (
        <div className={classes.pair}>
          <TextInput
            label={t`Word for 1`}
            placeholder={binaryWord(series.metric, true)}
            value={draft.onWord}
            onChange={(event) => change({ onWord: event.currentTarget.value })}
            maxLength={24}
          />
          <TextInput
            label={t`Word for 0`}
            placeholder={binaryWord(series.metric, false)}
            value={draft.offWord}
            onChange={(event) => change({ offWord: event.currentTarget.value })}
            maxLength={24}
          />
        </div>
      ) : (
        <div className={classes.pair}>
          <UnitField value={draft.unit} onChange={(unit) => change({ unit })} />
          <Select
            label={t`Decimals`}
            description={t`Digits after the decimal point.`}
            data={[
              { value: '', label: t`as the data has them` },
              ...DECIMALS.map((value) => ({ value, label: value })),
            ]}
            value={draft.decimals === null ? '' : String(draft.decimals)}
            onChange={(value) => change({ decimals: value ? Number(value) : null })}
            allowDeselect={false}
          />
        </div>
      )}
      <FreshnessField series={series} draft={draft} onChange={onChange} />
      <RetentionFields series={series} draft={draft} onChange={onChange} />
    </>
  )
}

/** Known metrics are what their names say; of others a person knows better. */
function KindField({ series, draft, onChange }: Props) {
  const metrics = useMetrics().data
  if (!metrics || metrics.some(({ metric }) => metric === series.metric)) return null
  return (
    <>
      <Select
        label={t`Kind`}
        data={[
          { value: 'number', label: t`A number` },
          { value: 'binary', label: t`Two states: 1 and 0` },
        ]}
        value={draft.kind}
        onChange={(kind) => kind && onChange({ ...draft, kind })}
        allowDeselect={false}
      />
      {draft.kind !== series.kind && <KindNote series={series} kind={draft.kind} />}
    </>
  )
}

/** What becomes of readings and rules with another kind. */
function KindNote({ series, kind }: { series: Series; kind: Series['kind'] }) {
  const { slug } = useSite()
  const watching = (useRules(slug).data ?? []).filter((rule) => watches(rule, series))
  const names = watching.map(({ name }) => name).join(', ')
  return (
    <div role="status" className={`small ${classes.warning}`}>
      <p>
        {kind === 'binary'
          ? t`From now on only 1 and 0 are accepted, true and false too; other values are refused. History stays.`
          : t`From now on any number is accepted. History stays.`}
      </p>
      {watching.length > 0 && (
        <p>{t`These rules watch it and go on with the numbers 1 and 0; check that they still say what you want: ${names}`}</p>
      )}
    </div>
  )
}

function watches(rule: Rule, series: Series): boolean {
  if (rule.series !== null) return rule.series === series.id
  return rule.metric === series.metric && (rule.device === null || rule.device === series.device)
}

function FreshnessField({ series, draft, onChange }: Props) {
  const automatic = series.interval_ms ? formatDuration(series.interval_ms) : null
  const seconds = draft.freshnessSeconds
  const shown = formatDuration((seconds ?? series.freshness_seconds) * 1000)
  return (
    <NumberInput
      label={t`Old after (seconds)`}
      description={
        seconds === null && automatic !== null && series.own_freshness_seconds === null
          ? t`Empty: by the reporting interval of ${automatic}; now old after ${shown}.`
          : seconds === null
            ? t`Empty: by the reporting interval.`
            : t`A value counts as old after ${shown}.`
      }
      value={seconds ?? ''}
      onChange={(value) => onChange({ ...draft, freshnessSeconds: value === '' ? null : Number(value) })}
      min={1}
      max={MOST_SECONDS}
      allowDecimal={false}
      allowNegative={false}
      clampBehavior="blur"
    />
  )
}

function RetentionFields({ series, draft, onChange }: Props) {
  const { rawDays, tierDays } = draft
  const less = rawDays < (series.raw_days ?? rawDays) || tierDays < (series.tier_days ?? tierDays)
  return (
    <>
      <div className={classes.pair}>
        <NumberInput
          label={t`Keep readings (days)`}
          value={rawDays}
          onChange={(value) => value !== '' && onChange({ ...draft, rawDays: Number(value) })}
          min={1}
          max={3660}
          allowDecimal={false}
          allowNegative={false}
          required
        />
        <NumberInput
          label={t`Keep averages (days)`}
          value={tierDays}
          onChange={(value) => value !== '' && onChange({ ...draft, tierDays: Number(value) })}
          min={1}
          max={36600}
          allowDecimal={false}
          allowNegative={false}
          required
        />
      </div>
      {less && (
        <p role="status" className={`small ${classes.warning}`}>
          {t`What is older is deleted with the next clean-up and cannot be brought back.`}
        </p>
      )}
    </>
  )
}
