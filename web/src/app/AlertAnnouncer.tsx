import { t } from '@lingui/core/macro'
import { useCallback, useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import type { AlertEvent } from '@/lib/api/types'
import { serverNow } from '@/lib/live/clock'
import { useAlertEvents } from '@/lib/live'
import { notify, playSound, soundOn } from '@/lib/notify'
import { useSite } from '@/lib/site'
import { alertDetailWords } from '@/lib/words'

/** A screen reader hears at most one critical alert in this time. */
const SPOKEN_EVERY_MS = 5000
/** Older than this is history caught up on, not news to ring for. */
const NEWS_MS = 5 * 60_000

/** Tells of a new alert outside the page's own lists: the browser's notification, the sound, the screen reader. */
export function AlertAnnouncer() {
  const { slug } = useSite()
  const navigate = useNavigate()
  const [spoken, setSpoken] = useState('')
  const spokenAtMs = useRef(-Infinity)

  const onEvent = useCallback(
    ({ kind, alert, at }: AlertEvent) => {
      const now = serverNow()
      if (kind !== 'opened' || now - Date.parse(at) > NEWS_MS) return
      notify(
        alert.title,
        alertDetailWords(alert),
        `alert-${alert.id}`,
        () => void navigate(`/s/${slug}/alerts/${alert.id}`),
      )
      if (soundOn() && alert.severity !== 'info') playSound()
      if (alert.severity === 'critical' && now - spokenAtMs.current > SPOKEN_EVERY_MS) {
        spokenAtMs.current = now
        const { title } = alert
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
