import { t } from '@lingui/core/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { EmptyState } from '@/components/EmptyState'
import { ErrorState } from '@/components/ErrorState'
import { RowsSkeleton } from '@/components/Skeletons'
import { api, body } from '@/lib/api/client'
import { sentenceOf } from '@/lib/api/sentences'
import type { Camera, Rule, Silence } from '@/lib/api/types'
import { formatDateTime } from '@/lib/i18n'
import { useNow } from '@/lib/live/clock'
import { metricWord } from '@/lib/metricWords'
import { keys, useCameras } from '@/lib/queries'
import { useCan, useSite } from '@/lib/site'
import { readyName } from '@/lib/words'
import classes from './MaintenanceWindows.module.css'
import { PlanWindow } from './PlanWindow'
import list from './RulesPage.module.css'
import { ruleName } from './words'

const REFRESH_MS = 30_000

/** Times in which nobody is called: those that hold and those that are planned. */
export function MaintenanceWindows({ rules }: { rules: readonly Rule[] }) {
  const { slug } = useSite()
  const operator = useCan('operator')
  const [adding, setAdding] = useState(false)
  const found = useQuery({
    queryKey: keys.silences(slug),
    queryFn: () => body(api.GET('/api/v1/silences', { params: { query: { site: slug } } })),
    refetchInterval: REFRESH_MS,
  })
  return (
    <section className={`panel ${list.list}`}>
      <header>
        <h2 className="grow">{t`Maintenance windows`}</h2>
        {operator && !adding && (
          <button
            type="button"
            className="btn quiet"
            onClick={() => setAdding(true)}
          >{t`Plan maintenance`}</button>
        )}
      </header>
      {adding && <PlanWindow rules={rules} onDone={() => setAdding(false)} />}
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
    onSettled: () => client.invalidateQueries({ queryKey: keys.silences(slug) }),
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
