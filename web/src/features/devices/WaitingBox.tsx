import { t } from '@lingui/core/macro'
import { useState } from 'react'

import { Icon } from '@/components/Icon'
import type { Series } from '@/lib/api/types'
import { useNow } from '@/lib/live/clock'
import { formatAge, formatDuration } from '@/lib/i18n'
import { useLatest } from '@/lib/live'
import { valueWords } from '@/lib/words'

import classes from './AddDeviceDialog.module.css'
import type { FirstReading } from './useFirstReading'
import { saidWords } from './saidWords'
import { protocolWords, rejectionWords, troubleWords } from './words'

/** Says what the server sees of the device, and turns to the fresh colour with its first reading. */
export function WaitingBox({ seen }: { seen: FirstReading }) {
  const now = useNow()
  const [since] = useState(now)
  const waited = formatDuration(Math.max(0, now - since))
  return (
    <div className={classes.wait} data-seen={seen.kind} role="status">
      {seen.kind === 'received' ? (
        <Received series={seen.series} />
      ) : seen.kind === 'rejected' ? (
        <Rejected seen={seen} />
      ) : seen.kind === 'trouble' ? (
        <Trouble seen={seen} nowMs={now} />
      ) : seen.kind === 'stranger' ? (
        <Stranger seen={seen} nowMs={now} />
      ) : (
        <>
          <span className={classes.beat} aria-hidden="true" />
          <b>{t`Waiting for the first reading`}</b>
          {/* Counted each second: a reader that was told so each time would never come to speak of anything else. */}
          <span className="small muted" aria-hidden="true">
            {t`waited ${waited}`} · {connectionWords(seen)}
          </span>
        </>
      )}
    </div>
  )
}

function connectionWords(seen: FirstReading): string {
  if (seen.kind !== 'connected') return t`no connection seen yet`
  const protocol = protocolWords(seen.protocol)
  return t`connected by ${protocol}, no reading sent`
}

function Rejected({ seen }: { seen: Extract<FirstReading, { kind: 'rejected' }> }) {
  const why = rejectionWords(seen.reason)
  return (
    <>
      <Icon name="x" />
      <b>{t`Received but rejected: ${why}`}</b>
      {seen.sample && <code className={classes.sample}>{seen.sample}</code>}
      <span className="small muted">{t`Still waiting; just send again.`}</span>
    </>
  )
}

/** A wrong password, a wrong topic, a refused will: as it happens. */
function Trouble({ seen, nowMs }: { seen: Extract<FirstReading, { kind: 'trouble' }>; nowMs: number }) {
  const { what, todo } = troubleWords(seen.code)
  const detail = saidWords(seen.said, seen.detail)
  return (
    <>
      <Icon name="x" />
      <b>{what}</b>
      <span className="small">{[detail, ago(seen.atMs, nowMs)].filter(Boolean).join(' · ')}</span>
      <span className="small">{todo}</span>
    </>
  )
}

function Stranger({ seen, nowMs }: { seen: Extract<FirstReading, { kind: 'stranger' }>; nowMs: number }) {
  const { id, host } = seen
  return (
    <>
      <Icon name="x" />
      <b>{t`Somebody tried to log in as “${id}”`}</b>
      <span className="small">
        {t`From ${host}.`} · {ago(seen.atMs, nowMs)}
      </span>
      <span className="small">{t`No device has this id. If it was your board, its user name is mistyped.`}</span>
    </>
  )
}

function ago(atMs: number, nowMs: number): string {
  const age = formatAge(Math.max(0, nowMs - atMs), atMs)
  return t`${age} ago`
}

function Received({ series }: { series: readonly Series[] }) {
  const first = series[0]
  return first ? <ReceivedValue first={first} series={series} /> : null
}

function ReceivedValue({ first, series }: { first: Series; series: readonly Series[] }) {
  const latest = useLatest(first.id)
  const now = useNow()
  const name = first.name.toLowerCase()
  const value = latest ? valueWords(first, latest.value) : ''
  const count = series.length
  const metrics = series.map((each) => each.metric).join(', ')
  return (
    <>
      <span className={classes.disc} aria-hidden="true">
        <Icon name="check" />
      </span>
      <b>{t`Received: ${name} ${value}`}</b>
      <span className="small muted">
        {latest && `${formatAge(Math.max(0, now - latest.tsMs), latest.tsMs)} · `}
        {t`${count} new series: ${metrics}`}
      </span>
    </>
  )
}
