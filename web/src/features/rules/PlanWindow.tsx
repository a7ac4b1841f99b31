import { t } from '@lingui/core/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState, type SyntheticEvent } from 'react'
import { MomentField } from '@/components/MomentField'
import { api, body } from '@/lib/api/client'
import { sentenceOf } from '@/lib/api/sentences'
import type { Rule } from '@/lib/api/types'
import { fromMomentText, toMomentText } from '@/lib/i18n'
import { useNow } from '@/lib/live/clock'
import { keys, useSiteDetail } from '@/lib/queries'
import { useSite } from '@/lib/site'
import { useUnsaved } from '@/lib/unsaved'
import classes from './MaintenanceWindows.module.css'
import { ruleName } from './words'

const HOUR_MS = 3_600_000

/** The form of a maintenance window: what is quiet, from when to when, and why. */
export function PlanWindow({ rules, onDone }: { rules: readonly Rule[]; onDone: () => void }) {
  const now = useNow()
  const span = useSpan(now)
  const [subject, setSubject] = useState('')
  const [reason, setReason] = useState('')
  const plan = usePlan(onDone)
  useUnsaved((subject !== '' || reason !== '') && !plan.isPending)
  const submit = (event: SyntheticEvent) => {
    event.preventDefault()
    const times = span.check()
    if (times) plan.mutate({ subject, reason, ...times })
  }
  return (
    <form className={classes.plan} onSubmit={submit}>
      <label>
        {t`What is quiet`}
        <SubjectPick rules={rules} value={subject} onChange={setSubject} />
      </label>
      <label>
        {t`From`}
        <MomentField {...span.from} describedBy="window-wrong" />
      </label>
      <label>
        {t({ message: 'Until', context: 'window' })}
        <MomentField {...span.to} describedBy="window-wrong" />
      </label>
      <label>
        {t`Reason`}
        <input value={reason} maxLength={300} onChange={(event) => setReason(event.currentTarget.value)} />
      </label>
      {span.wrong && (
        <p id="window-wrong" role="alert" className={classes.wrong}>
          {span.wrong === 'form'
            ? t`A moment is written 23/11/2025 14:32.`
            : t`It has to end after it begins, and after now.`}
        </p>
      )}
      {plan.error && <p role="alert">{sentenceOf(plan.error)}</p>}
      <div className="row wrap">
        <button type="button" className="btn" onClick={onDone}>{t`Cancel`}</button>
        <button type="submit" className="btn primary" disabled={plan.isPending}>{t`Plan it`}</button>
      </div>
    </form>
  )
}

/** Begin and end as they are written, by the clock of the site; two hours from now at first. */
function useSpan(now: number) {
  const { timezone } = useSite()
  const [from, setFrom] = useState(() => toMomentText(now, timezone))
  const [to, setTo] = useState(() => toMomentText(now + 2 * HOUR_MS, timezone))
  const [wrong, setWrong] = useState<'form' | 'order' | null>(null)
  const fromMs = fromMomentText(from, timezone)
  const toMs = fromMomentText(to, timezone)
  const change = (set: (text: string) => void) => (text: string) => {
    setWrong(null)
    set(text)
  }
  const check = () => {
    if (fromMs === null || toMs === null) setWrong('form')
    else if (toMs <= Math.max(fromMs, now)) setWrong('order')
    else return { from_ms: fromMs, to_ms: toMs }
    return null
  }
  return {
    from: { value: from, wrong: wrong !== null && fromMs === null, onChange: change(setFrom) },
    to: { value: to, wrong: wrong !== null && fromMs !== null, onChange: change(setTo) },
    wrong,
    check,
  }
}

interface Plan {
  /** `zone:1`, `rule:1`, or '' for the whole site. */
  subject: string
  reason: string
  from_ms: number
  to_ms: number
}

function usePlan(onDone: () => void) {
  const { slug } = useSite()
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ subject, ...rest }: Plan) => {
      const [kind, id] = subject.split(':')
      const named = kind ? { [kind]: Number(id) } : {}
      return body(api.POST('/api/v1/silences', { body: { site: slug, ...rest, ...named } }))
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: keys.silences(slug) })
      onDone()
    },
  })
}

interface SubjectProps {
  rules: readonly Rule[]
  value: string
  onChange: (subject: string) => void
}

/** The whole site, one of its zones or one rule. */
function SubjectPick({ rules, value, onChange }: SubjectProps) {
  const { slug } = useSite()
  const zones = useSiteDetail(slug).data?.zones
  const first = useRef<HTMLSelectElement>(null)
  useEffect(() => first.current?.focus(), [])
  return (
    <select ref={first} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
      <option value="">{t`the whole site`}</option>
      {zones?.map((zone) => (
        <option key={zone.id} value={`zone:${zone.id}`}>
          {zone.name}
        </option>
      ))}
      {rules.map((rule) => (
        <option key={rule.id} value={`rule:${rule.id}`}>
          {ruleName(rule)}
        </option>
      ))}
    </select>
  )
}
