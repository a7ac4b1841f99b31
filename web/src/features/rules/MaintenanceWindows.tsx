import { t } from '@lingui/core/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState, type SyntheticEvent } from 'react'
import { EmptyState } from '@/components/EmptyState'
import { ErrorState } from '@/components/ErrorState'
import { MomentField } from '@/components/MomentField'
import { RowsSkeleton } from '@/components/Skeletons'
import { api, body } from '@/lib/api/client'
import { sentenceOf } from '@/lib/api/sentences'
import type { Camera, Rule, Silence } from '@/lib/api/types'
import { formatDateTime, fromMomentText, toMomentText } from '@/lib/i18n'
import { useNow } from '@/lib/live/clock'
import { metricWord } from '@/lib/metricWords'
import { useCameras, useSiteDetail } from '@/lib/queries'
import { useCan, useSite } from '@/lib/site'
import { useUnsaved } from '@/lib/unsaved'
import { readyName } from '@/lib/words'
import classes from './MaintenanceWindows.module.css'
import list from './RulesPage.module.css'
import { ruleName } from './words'

const HOUR_MS = 3_600_000
const REFRESH_MS = 30_000
const keyOf = (slug: string) => ['silences', slug] as const

/** Times in which nobody is called: those that hold and those that are planned. */
export function MaintenanceWindows({ rules }: { rules: readonly Rule[] }) {
  const { slug } = useSite()
  const operator = useCan('operator')
  const [adding, setAdding] = useState(false)
  const found = useQuery({
    queryKey: keyOf(slug),
    queryFn: () => body(api.GET('/api/v1/silences', { params: { query: { site: slug } } })),
    refetchInterval: REFRESH_MS,
  })
  return (
    <section className={`panel ${list.list}`}>
      <header>
        <h2 className="grow">{t`Maintenance windows`}</h2>
        {operator && !adding && (
          <button type="button" className="btn quiet" onClick={() => setAdding(true)}>{t`Plan one`}</button>
        )}
      </header>
      {adding && <PlanForm rules={rules} onDone={() => setAdding(false)} />}
      {found.isPending && <RowsSkeleton count={2} />}
      {found.error && <ErrorState error={found.error} onRetry={() => void found.refetch()} />}
      {found.data?.length === 0 && !adding && (
        <EmptyState
          text={t`None. In a maintenance window alerts are made and logged, but nobody is called.`}
        />
      )}
      <ul>
        {found.data?.map((silence) => (
          <Window key={silence.id} silence={silence} rules={rules} />
        ))}
      </ul>
    </section>
  )
}

function Window({ silence, rules }: { silence: Silence; rules: readonly Rule[] }) {
  const { slug } = useSite()
  const operator = useCan('operator')
  const client = useQueryClient()
  const now = useNow()
  const cameras = useCameras(slug).data ?? []
  const end = useMutation({
    mutationFn: () =>
      body(api.DELETE('/api/v1/silences/{silence_id}', { params: { path: { silence_id: silence.id } } })),
    onSettled: () => client.invalidateQueries({ queryKey: keyOf(slug) }),
  })
  const [from, to] = [formatDateTime(silence.from_ms), formatDateTime(silence.to_ms)]
  const { reason, made_by: by } = silence
  return (
    <li className={classes.item}>
      <span className="grow">
        <b>{subjectWords(silence, rules, cameras)}</b>
        <span className={list.line}>
          {silence.from_ms > now ? t`From ${from} to ${to}` : t`Now, until ${to}`}
        </span>
        <span className="small muted">{[reason, by].filter(Boolean).join(' · ')}</span>
        {end.error && <span role="alert"> {sentenceOf(end.error)}</span>}
      </span>
      {operator && (
        <button type="button" className="btn" disabled={end.isPending} onClick={() => end.mutate()}>
          {silence.from_ms > now ? t`Cancel it` : t`End now`}
        </button>
      )}
    </li>
  )
}

/** By the names people know: a silence may be of one series of a rule, or of one camera. */
function subjectWords(silence: Silence, rules: readonly Rule[], cameras: readonly Camera[]): string {
  const rule = rules.find((each) => each.id === silence.rule)
  const parts = [
    rule ? ruleName(rule) : readyName(silence.rule_name ?? '', silence.rule_name_code),
    silence.zone_name,
    silence.device_name,
    silence.series_name || (silence.metric && metricWord(silence.metric)),
    cameras.find(({ id }) => id === silence.camera)?.name ?? silence.camera,
  ]
  return parts.filter(Boolean).join(' · ') || t`the whole site`
}

function PlanForm({ rules, onDone }: { rules: readonly Rule[]; onDone: () => void }) {
  const { slug, timezone } = useSite()
  const client = useQueryClient()
  const site = useSiteDetail(slug)
  const now = useNow()
  const [from, setFrom] = useState(() => toMomentText(now, timezone))
  const [to, setTo] = useState(() => toMomentText(now + 2 * HOUR_MS, timezone))
  const [subject, setSubject] = useState('')
  const [reason, setReason] = useState('')
  const [wrong, setWrong] = useState<'form' | 'order' | null>(null)
  const first = useRef<HTMLSelectElement>(null)
  useEffect(() => first.current?.focus(), [])
  const plan = useMutation({
    mutationFn: (time: { from_ms: number; to_ms: number }) => {
      const [kind, id] = subject.split(':')
      const named = kind ? { [kind]: Number(id) } : {}
      return body(api.POST('/api/v1/silences', { body: { site: slug, reason, ...time, ...named } }))
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: keyOf(slug) })
      onDone()
    },
  })
  useUnsaved((subject !== '' || reason !== '') && !plan.isPending)
  const submit = (event: SyntheticEvent) => {
    event.preventDefault()
    const [from_ms, to_ms] = [fromMomentText(from, timezone), fromMomentText(to, timezone)]
    if (from_ms === null || to_ms === null) setWrong('form')
    else if (to_ms <= Math.max(from_ms, now)) setWrong('order')
    else plan.mutate({ from_ms, to_ms })
  }
  const time = (change: (text: string) => void) => (text: string) => {
    setWrong(null)
    change(text)
  }
  return (
    <form className={classes.plan} onSubmit={submit}>
      <label>
        {t`What is quiet`}
        <select ref={first} value={subject} onChange={(event) => setSubject(event.currentTarget.value)}>
          <option value="">{t`the whole site`}</option>
          {site.data?.zones.map((zone) => (
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
      </label>
      <label>
        {t`From`}
        <MomentField
          value={from}
          wrong={wrong !== null && fromMomentText(from, timezone) === null}
          describedBy="window-wrong"
          onChange={time(setFrom)}
        />
      </label>
      <label>
        {t({ message: 'Until', context: 'window' })}
        <MomentField
          value={to}
          wrong={wrong !== null && fromMomentText(from, timezone) !== null}
          describedBy="window-wrong"
          onChange={time(setTo)}
        />
      </label>
      <label>
        {t`Reason`}
        <input value={reason} maxLength={300} onChange={(event) => setReason(event.currentTarget.value)} />
      </label>
      {wrong && (
        <p id="window-wrong" role="alert" className={classes.wrong}>
          {wrong === 'form'
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
