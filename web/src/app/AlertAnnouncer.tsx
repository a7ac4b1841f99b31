import { plural, t } from '@lingui/core/macro'
import { useCallback, useEffect, useRef } from 'react'
import { useNavigate } from 'react-router'
import type { Alert, AlertEvent, AlertEventKind } from '@/lib/api/types'
import { serverNow } from '@/lib/live/clock'
import { useAlertEvents } from '@/lib/live'
import { notify, playSound, soundOn } from '@/lib/notify'
import { useSite } from '@/lib/site'
import { useSpoken } from '@/lib/spoken'
import { alertDetailWords, alertTitle } from '@/lib/words'

/** Alerts of one cause come one after another: they are told as one. */
const GATHER_MS = 400
/** What comes sooner after the last announcement waits and is told together. */
const EVERY_MS = 3000
/** Older than this is history caught up on, not news to ring for. */
const NEWS_MS = 5 * 60_000

/** A silenced alert calls nobody; when its silence is over, it does if nobody has taken it. */
function callsSomebody(kind: AlertEventKind, alert: Alert): boolean {
  if (kind === 'opened') return alert.silenced_until_ms === null
  return kind === 'unsilenced' && alert.state === 'open'
}

/** Tells of new alerts outside the page's own lists, once for a burst: the browser's notification, the sound, the screen reader. */
export function AlertAnnouncer() {
  const { slug } = useSite()
  const navigate = useNavigate()
  const [spoken, speak] = useSpoken()
  const gathered = useRef(new Map<number, Alert>())
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const toldAtMs = useRef(-Infinity)

  const announce = useCallback(() => {
    timer.current = undefined
    toldAtMs.current = performance.now()
    const alerts = [...gathered.current.values()]
    gathered.current.clear()
    const [first] = alerts
    if (!first) return
    const one = alerts.length === 1
    const title = one ? alertTitle(first) : burstWords(alerts)
    const text = one ? alertDetailWords(first) : alertTitle(alerts.find(isCritical) ?? first)
    const address = `/s/${slug}/alerts${one ? `/${first.id}` : '?state=open'}`
    notify(title, text, one ? `alert-${first.id}` : 'alerts', () => void navigate(address))
    if (soundOn() && alerts.some(({ severity }) => severity !== 'info')) playSound()
    if (alerts.some(isCritical)) speak(one ? t`Critical: ${title}` : title)
  }, [navigate, slug, speak])

  const onEvent = useCallback(
    ({ kind, alert, at, sent_ms: sentMs = Date.parse(at) }: AlertEvent) => {
      if (!callsSomebody(kind, alert)) {
        // Over, taken or silenced before anybody was told.
        if (alert.state !== 'open' || alert.silenced_until_ms !== null) gathered.current.delete(alert.id)
        return
      }
      if (serverNow() - sentMs > NEWS_MS) return
      gathered.current.set(alert.id, alert)
      timer.current ??= setTimeout(
        announce,
        Math.max(GATHER_MS, toldAtMs.current + EVERY_MS - performance.now()),
      )
    },
    [announce],
  )
  useAlertEvents(onEvent)
  useEffect(
    () => () => {
      clearTimeout(timer.current)
      timer.current = undefined
    },
    [announce],
  )

  return (
    <div className="vh" aria-live="assertive">
      {spoken}
    </div>
  )
}

function isCritical({ severity }: Alert): boolean {
  return severity === 'critical'
}

function burstWords(alerts: readonly Alert[]): string {
  const count = alerts.length
  const all = plural(count, { one: '# new alert', other: '# new alerts' })
  const critical = alerts.filter(isCritical).length
  return critical === 0 ? all : `${all}, ${t`${critical} critical`}`
}
