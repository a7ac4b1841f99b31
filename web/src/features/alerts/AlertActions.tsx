import { t } from '@lingui/core/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { Icon } from '@/components/Icon'
import { api, body } from '@/lib/api/client'
import { Problem } from '@/lib/api/problem'
import { sentenceOf } from '@/lib/api/sentences'
import type { Alert } from '@/lib/api/types'
import { formatTime } from '@/lib/i18n'
import { useLive } from '@/lib/live'
import { keys } from '@/lib/queries'
import { useCan } from '@/lib/site'
import { recall } from '@/lib/storage'
import { AlertCare } from './AlertCare'
import styles from './AlertDetail.module.css'

type Move = 'acknowledge' | 'resolve'

function useMove(alert: Alert) {
  const live = useLive()
  const queries = useQueryClient()
  const params = { params: { path: { alert_id: alert.id } } }
  return useMutation({
    mutationFn: (move: Move) =>
      body(
        move === 'acknowledge'
          ? api.POST('/api/v1/alerts/{alert_id}/acknowledge', params)
          : api.POST('/api/v1/alerts/{alert_id}/resolve', params),
      ),
    onSuccess: (changed) => live.alerts.merge(changed),
    // Also after a refusal: somebody else was quicker, and the page should show who.
    onSettled: () => queries.invalidateQueries({ queryKey: keys.alert(alert.id) }),
  })
}

/** A and R act where no field has the focus; can be turned off in the settings. */
function useShortcuts(onKey: (key: string) => void) {
  useEffect(() => {
    if (recall('shortcuts') === 'off') return
    const listen = (event: KeyboardEvent) => {
      const inField =
        event.target instanceof Element && event.target.closest('input, textarea, select, [contenteditable]')
      if (!inField && !event.ctrlKey && !event.metaKey && !event.altKey) onKey(event.key.toLowerCase())
    }
    window.addEventListener('keydown', listen)
    return () => window.removeEventListener('keydown', listen)
  }, [onKey])
}

export function AlertActions({ alert }: { alert: Alert }) {
  const operator = useCan('operator')
  const move = useMove(alert)
  const canAcknowledge = operator && alert.state === 'open'
  const canResolve = operator && alert.state !== 'resolved'
  useShortcuts((key) => {
    if (move.isPending) return
    if (key === 'a' && canAcknowledge) move.mutate('acknowledge')
    if (key === 'r' && canResolve) move.mutate('resolve')
  })
  return (
    <>
      <Done alert={alert} />
      {move.isError && !tooLate(move.error) && (
        <p className={`${styles.said} ${styles.failed}`} role="alert">
          {sentenceOf(move.error)}
        </p>
      )}
      {canResolve && (
        <div className={styles.acts}>
          {canAcknowledge && (
            <button
              type="button"
              className="btn primary"
              aria-keyshortcuts="a"
              disabled={move.isPending}
              onClick={() => move.mutate('acknowledge')}
            >
              <Icon name="hand" />
              {t`Acknowledge`}
            </button>
          )}
          <button
            type="button"
            className="btn"
            aria-keyshortcuts="r"
            disabled={move.isPending}
            onClick={() => move.mutate('resolve')}
          >
            <Icon name="check" />
            {t({ message: 'Resolve', context: 'alert' })}
          </button>
        </div>
      )}
      {canResolve && <AlertCare alert={alert} />}
    </>
  )
}

function tooLate(error: Error): boolean {
  return error instanceof Problem && error.code === 'already_acknowledged'
}

/** Who has done what, said aloud when it changes. */
function Done({ alert }: { alert: Alert }) {
  const parts: string[] = []
  if (alert.acknowledged_by !== null && alert.acknowledged_ms !== null) {
    const who = alert.acknowledged_by
    const at = formatTime(alert.acknowledged_ms)
    parts.push(t`${who} acknowledged at ${at}.`)
  }
  if (alert.resolved_ms !== null) {
    const at = formatTime(alert.resolved_ms)
    const who = alert.resolved_by
    parts.push(who === null ? t`Cleared by itself at ${at}.` : t`${who} resolved it at ${at}.`)
  }
  return (
    <p className={`${styles.said} soft`} role="status">
      {parts.join(' ')}
    </p>
  )
}
