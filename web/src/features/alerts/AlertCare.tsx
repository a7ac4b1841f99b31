import { t } from '@lingui/core/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useId } from 'react'
import { api, body } from '@/lib/api/client'
import { sentenceOf } from '@/lib/api/sentences'
import type { Alert } from '@/lib/api/types'
import { useLive } from '@/lib/live'
import { keys } from '@/lib/queries'
import { useAssignees } from './assignees'
import styles from './AlertDetail.module.css'

type Until = '30_minutes' | '2_hours' | 'morning'

function useChange<T>(alert: Alert, change: (to: T) => Promise<Alert>) {
  const live = useLive()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: (changed) => live.alerts.merge(changed),
    onSettled: () => queries.invalidateQueries({ queryKey: keys.alert(alert.id) }),
  })
}

/** Who takes care of it, and how long nobody is to be called for it. For operators, while it is not over. */
export function AlertCare({ alert }: { alert: Alert }) {
  const path = { alert_id: alert.id }
  const silence = useChange(alert, (until: Until) =>
    body(api.POST('/api/v1/alerts/{alert_id}/silence', { params: { path }, body: { until, reason: '' } })),
  )
  const choices: readonly [Until, string][] = [
    ['30_minutes', t`30 minutes`],
    ['2_hours', t`2 hours`],
    ['morning', t`until 7:00 in the morning`],
  ]
  return (
    <div className={styles.care}>
      <Assign alert={alert} />
      <div role="group" aria-label={t`Silence this alert`} className={styles.silence}>
        <span className="small muted">{t`Silence:`}</span>
        {choices.map(([until, words]) => (
          <button
            key={until}
            type="button"
            className="btn"
            disabled={silence.isPending}
            onClick={() => silence.mutate(until)}
          >
            {words}
          </button>
        ))}
      </div>
      {silence.isError && (
        <p className={styles.failed} role="alert">
          {sentenceOf(silence.error)}
        </p>
      )}
    </div>
  )
}

function Assign({ alert }: { alert: Alert }) {
  const id = useId()
  const members = useAssignees()
  const assign = useChange(alert, (user: string | null) =>
    body(
      api.POST('/api/v1/alerts/{alert_id}/assign', {
        params: { path: { alert_id: alert.id } },
        body: { user },
      }),
    ),
  )
  const chosen = alert.assigned_username ?? ''
  const listed = members.data ?? []
  return (
    <div className={styles.silence}>
      <label className="small muted" htmlFor={id}>
        {t`Assigned to`}
      </label>
      <select
        id={id}
        className={`pick ${styles.assign}`}
        value={chosen}
        disabled={assign.isPending || members.isPending}
        onChange={({ target }) => assign.mutate(target.value === '' ? null : target.value)}
      >
        <option value="">{t`nobody yet`}</option>
        {chosen !== '' && !listed.some(({ username }) => username === chosen) && (
          <option value={chosen}>{alert.assigned_to}</option>
        )}
        {listed.map(({ username, name }) => (
          <option key={username} value={username}>
            {name}
          </option>
        ))}
      </select>
      {(assign.isError || members.isError) && (
        <p className={styles.failed} role="alert">
          {sentenceOf(assign.error ?? members.error)}
        </p>
      )}
    </div>
  )
}
