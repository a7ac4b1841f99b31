import { t } from '@lingui/core/macro'
import { useSite } from '@/lib/site'
import type { Draft, DraftErrors } from './draft'
import classes from './RuleSentence.module.css'
import { appliesWord, DAYS, dayWord, isOvernight, type Applies, type Day } from './schedule'
import { ClockTime, errorId, Pick } from './tokens'

const APPLIES: readonly Applies[] = ['always', 'away', 'home']

interface Props {
  draft: Draft
  errors: DraftErrors
  onChange: (change: Partial<Draft>) => void
}

/** It applies {always}, {from 22:00 to 06:00 on} {days}. */
export function ScheduleSentence({ draft, errors, onChange }: Props) {
  const { timezone } = useSite()
  const limited = draft.scheduled || draft.applies !== 'always'
  return (
    <div className={classes.when}>
      <span>{t({ message: 'The rule applies', context: 'rule' })}</span>
      <Pick
        label={t`When it applies`}
        value={draft.applies}
        options={APPLIES.map((each) => [each, appliesWord(each)])}
        onChange={(applies) => onChange({ applies: applies as Applies })}
      />
      <Pick
        label={t`Hours and days`}
        value={draft.scheduled ? 'some' : 'all'}
        options={[
          ['all', t`at all hours`],
          ['some', t`at certain hours`],
        ]}
        onChange={(value) => onChange({ scheduled: value === 'some' })}
      />
      {draft.scheduled && <Hours draft={draft} errors={errors} onChange={onChange} />}
      {limited && (
        <p className="small soft" style={{ flexBasis: '100%' }}>
          {t`Outside it the rule raises nothing, and its open alerts end.`}{' '}
          {draft.scheduled && t`Hours are those of the site (${timezone}).`}
        </p>
      )}
    </div>
  )
}

function Hours({ draft, errors, onChange }: Props) {
  const { days, start, end } = draft
  const toggle = (day: Day) =>
    onChange({ days: days.includes(day) ? days.filter((each) => each !== day) : [...days, day] })
  const noDay = errors.days !== undefined
  return (
    <>
      <span>{t({ message: 'from', context: 'hours' })}</span>
      <ClockTime
        field="start"
        label={t`Start`}
        value={start}
        wrong={errors.start !== undefined}
        onChange={(value) => onChange({ start: value })}
      />
      <span>{t({ message: 'to', context: 'hours' })}</span>
      <ClockTime
        field="end"
        label={t`End`}
        value={end}
        wrong={errors.end !== undefined}
        onChange={(value) => onChange({ end: value })}
      />
      {start && end && isOvernight(draft) && <span>{t`of the next day`}</span>}
      <span className={classes.days} role="group" aria-label={t`Days`}>
        {DAYS.map((day) => (
          <button
            key={day}
            type="button"
            className={classes.day}
            aria-pressed={days.includes(day)}
            data-wrong={noDay || undefined}
            aria-describedby={noDay ? errorId('days') : undefined}
            onClick={() => toggle(day)}
          >
            {dayWord(day)}
          </button>
        ))}
      </span>
    </>
  )
}
