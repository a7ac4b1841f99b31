import { t } from '@lingui/core/macro'
import { useCallback, useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import type { Alert, AlertEvent, AlertEventKind } from '@/lib/api/types'
import { serverNow } from '@/lib/live/clock'
import { useAlertEvents } from '@/lib/live'
import { notify, playSound, soundOn } from '@/lib/notify'
import { useSite } from '@/lib/site'
import { alertDetailWords, alertTitle } from '@/lib/words'

/** A screen reader hears at most one critical alert in this time. */
const SPOKEN_EVERY_MS = 5000
/** Older than this is history caught up on, not news to ring for. */
const NEWS_MS = 5 * 60_000

/** A silenced alert calls nobody; when its silence is over, it does if nobody has taken it. */
function callsSomebody(kind: AlertEventKind, alert: Alert): boolean {
  if (kind === 'opened') return alert.silenced_until_ms === null
  return kind === 'unsilenced' && alert.state === 'open'
}

/** Tells of a new alert outside the page's own lists: the browser's notification, the sound, the screen reader. */
export function AlertAnnouncer() {
  const { slug } = useSite()
  const navigate = useNavigate()
  const [spoken, setSpoken] = useState('')
  const spokenAtMs = useRef(-Infinity)

  const onEvent = useCallback(
    ({ kind, alert, at, sent_ms: sentMs = Date.parse(at) }: AlertEvent) => {
      const now = serverNow()
      if (!callsSomebody(kind, alert) || now - sentMs > NEWS_MS) return
      const title = alertTitle(alert)
      notify(
        title,
        alertDetailWords(alert),
        `alert-${alert.id}`,
        () => void navigate(`/s/${slug}/alerts/${alert.id}`),
      )
      if (soundOn() && alert.severity !== 'info') playSound()
      if (alert.severity === 'critical' && now - spokenAtMs.current > SPOKEN_EVERY_MS) {
        spokenAtMs.current = now
        setSpoken(t`Critical: ${title}`)
      }
    },
    [navigate, slug],
  )
  useAlertEvents(onEvent)

  return (
    <div className="vh" aria-live="assertive">
      {spoken}
    </div>
  )
}
