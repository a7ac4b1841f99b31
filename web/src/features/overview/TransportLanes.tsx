import { plural, t } from '@lingui/core/macro'
import type { CSSProperties, ReactNode } from 'react'
import { AlertsChip } from '@/components/AlertsChip'
import { FreshMark } from '@/components/FreshMark'
import { Icon, type IconName } from '@/components/Icon'
import { SinceChip } from '@/components/SinceChip'
import { TransportChip } from '@/components/TransportChip'
import { useNow } from '@/lib/live/clock'
import { formatDuration, formatNumber } from '@/lib/i18n'
import { useConnection, useOffline, useOutages, usePollState, useSocketState } from '@/lib/live'
import { useCameras } from '@/lib/queries'
import { useSite } from '@/lib/site'
import { isMoving, useVideo } from '@/lib/video'
import { useFreshnessTally } from './tally'
import styles from './TransportLanes.module.css'

/** The lanes draw this long, as it really arrived. */
const SPAN_MS = 60_000
/** Half the width of a mark on the track of a desk. */
const MARK_MS = 500

export function TransportLanes() {
  return (
    <section className={`panel ${styles.lanes}`} aria-label={t`Three ways data arrives, the last 60 seconds`}>
      <SensorLane />
      <AlertLane />
      <VideoLane />
      <div className={styles.axis} aria-hidden="true">
        <div>
          <span>
            <span className={styles.wide}>{t`60 s ago`}</span>
            <span className={styles.narrow}>{t`60 s`}</span>
          </span>
          <span>40</span>
          <span>20</span>
          <span>{t`now`}</span>
        </div>
      </div>
    </section>
  )
}

interface LaneProps {
  icon: IconName
  name: string
  /** The track in one sentence. */
  sentence: string
  chip: ReactNode
  tally: ReactNode
  className?: string
  children: ReactNode
}

function Lane({ icon, name, sentence, chip, tally, className = '', children }: LaneProps) {
  return (
    <div className={styles.lane}>
      <b>
        <Icon name={icon} size="m" />
        {name}
      </b>
      <div className={`${styles.track} ${className}`} role="img" aria-label={sentence}>
        {children}
        <Outages />
      </div>
      <span className={styles.chip}>{chip}</span>
      <div className={styles.tally}>{tally}</div>
    </div>
  )
}

/** Where on the track a moment lies, in percent from the left. */
function left(atMs: number, nowMs: number): CSSProperties {
  return { left: `${(Math.max(0, Math.min(1, 1 - (nowMs - atMs) / SPAN_MS)) * 100).toFixed(1)}%` }
}

function stretch(fromMs: number, toMs: number, nowMs: number): CSSProperties {
  const from = Math.max(0, 1 - (nowMs - fromMs) / SPAN_MS)
  const to = Math.max(0, Math.min(1, 1 - (nowMs - toMs) / SPAN_MS))
  return { left: `${(from * 100).toFixed(1)}%`, width: `${(Math.max(0, to - from) * 100).toFixed(1)}%` }
}

function Outages() {
  const now = useNow()
  return useOutages()
    .filter(({ toMs }) => toMs === null || toMs > now - SPAN_MS)
    .map(({ fromMs, toMs }) => (
      <span key={fromMs} className={styles.lost} style={stretch(fromMs, toMs ?? now, now)} />
    ))
}

function SensorLane() {
  const now = useNow()
  const poll = usePollState()
  const connection = useConnection()
  const offline = useOffline()
  const tally = useFreshnessTally()
  const marks = poll.marks.filter(({ atMs }) => atMs > now - SPAN_MS)
  const count = marks.filter(({ kind }) => kind !== 'failed').length
  const slow = marks.filter(({ kind }) => kind === 'slow').length
  const period = formatDuration(poll.periodMs)
  const p95 = poll.p95Ms === null ? null : formatNumber(poll.p95Ms / 1000, 1)
  return (
    <Lane
      icon="poll"
      name={t`Sensors`}
      sentence={
        slow > 0
          ? t`${plural(count, { one: '# poll', other: '# polls' })} in 60 seconds, ${slow} slow`
          : t`${plural(count, { one: '# poll', other: '# polls' })} in 60 seconds`
      }
      chip={
        connection.kind === 'offline' ? (
          <SinceChip transport="poll" sinceMs={connection.sinceMs} />
        ) : (
          <TransportChip
            transport="poll"
            text={t`every ${period}`}
            figure={
              p95 === null ? (
                t`not measured`
              ) : (
                <>
                  <span className={styles.wide}>p95 </span>
                  {t`${p95} s`}
                </>
              )
            }
          />
        )
      }
      tally={offline ? <AllOld /> : <Tally {...tally} />}
    >
      {marks.map(({ atMs, kind }) => (
        <i key={atMs} className={`${styles.poll} ${styles[kind] ?? ''}`} style={left(atMs, now)} />
      ))}
    </Lane>
  )
}

function AllOld() {
  return (
    <span className="age stale">
      <FreshMark state="stale" />
      {t`all values are old`}
    </span>
  )
}

function Tally({ fresh, late, stale }: { fresh: number; late: number; stale: number }) {
  return (
    <>
      {fresh > 0 && (
        <span className="age">
          <FreshMark state="fresh" />
          {t`${fresh} fresh`}
        </span>
      )}
      {late > 0 && (
        <span className="age late">
          <FreshMark state="late" />
          {t`${late} late`}
        </span>
      )}
      {stale > 0 && (
        <span className="age stale">
          <FreshMark state="stale" />
          {t`${stale} stale`}
        </span>
      )}
    </>
  )
}

function AlertLane() {
  const now = useNow()
  const { status, marks, completeTo, knownTo } = useSocketState()
  const offline = useOffline()
  const missing = knownTo - completeTo
  const shown = marks.filter(({ atMs }) => atMs > now - SPAN_MS)
  const count = shown.length
  const sentence =
    count > 0
      ? t`${plural(count, { one: '# event', other: '# events' })} in 60 seconds`
      : t`no events in 60 seconds`
  return (
    <Lane
      icon="ws"
      name={t`Alerts`}
      sentence={sentence}
      className={status === 'live' ? styles.socket : ''}
      chip={<AlertsChip />}
      tally={
        offline ? (
          <span className={styles.late}>{t`nothing known after #${completeTo}`}</span>
        ) : missing > 0 ? (
          <span className={styles.late}>{t`complete to #${completeTo}, ${missing} missing`}</span>
        ) : (
          <span>{t`complete to event #${completeTo}, none missed`}</span>
        )
      }
    >
      {apart(shown).map(({ atMs, severity }) => (
        <i
          key={`${atMs} ${severity}`}
          className={`${styles.event} ${styles[severity] ?? ''}`}
          style={left(atMs, now)}
        />
      ))}
    </Lane>
  )
}

/** Marks of one severity that would lie upon each other are one mark. */
function apart<Mark extends { atMs: number; severity: string }>(marks: readonly Mark[]): Mark[] {
  const places = new Map(marks.map((mark) => [`${Math.floor(mark.atMs / MARK_MS)} ${mark.severity}`, mark]))
  return [...places.values()]
}

function VideoLane() {
  const { slug } = useSite()
  const now = useNow()
  const connection = useConnection()
  const offline = useOffline()
  const { reports, spans } = useVideo()
  const cameras = useCameras(slug).data ?? []
  const shown = spans.filter(({ toMs }) => toMs > now - SPAN_MS)
  const live = cameras.filter(({ state }) => state === 'live').length
  const lost = cameras.filter(({ state }) => state === 'offline').length
  const down = shown.some(({ state }) => state === 'down')
  return (
    <Lane
      icon="rtc"
      name={t`Video`}
      sentence={
        shown.length === 0
          ? t`this page received no video in 60 seconds`
          : down
            ? t`video ran on the fallback for a while`
            : t`video without a break`
      }
      chip={
        connection.kind === 'offline' ? (
          <SinceChip transport="webrtc" sinceMs={connection.sinceMs} />
        ) : (
          <VideoChip reports={[...reports.values()]} />
        )
      }
      tally={
        offline && isMoving(reports) ? (
          <span className={styles.late}>{t`server lost`}</span>
        ) : offline ? (
          <AllOld />
        ) : cameras.length === 0 ? (
          <span>{t`no cameras yet`}</span>
        ) : (
          <>
            <span className="age">
              <FreshMark state="fresh" />
              {t`${live} live`}
            </span>
            {lost > 0 && (
              <span className="age stale">
                <FreshMark state="stale" />
                {t`${lost} offline`}
              </span>
            )}
          </>
        )
      }
    >
      {shown.map(({ fromMs, toMs, state }) => (
        <i
          key={fromMs}
          className={`${styles.video} ${state === 'down' ? styles.videoDown : ''}`}
          style={stretch(fromMs, toMs, now)}
        />
      ))}
    </Lane>
  )
}

type Report = ReturnType<typeof useVideo>['reports'] extends ReadonlyMap<string, infer R> ? R : never

/** The road most tiles take, with the latency in the middle of theirs. */
function VideoChip({ reports }: { reports: readonly Report[] }) {
  const playing = reports.filter(({ state }) => state !== 'off')
  if (playing.length === 0) return <TransportChip transport="webrtc" text="Video" figure={t`not measured`} />
  const direct = playing.filter(({ transport }) => transport === 'webrtc')
  const road =
    direct.length * 2 >= playing.length ? direct : playing.filter(({ transport }) => transport !== 'webrtc')
  const measured = road.map(({ latencyMs }) => latencyMs).filter((latency) => latency !== null)
  const middle = measured.sort((a, b) => a - b)[Math.floor(measured.length / 2)]
  const transport = road[0]?.transport === 'webrtc' ? 'webrtc' : 'hls'
  return (
    <TransportChip
      transport={transport}
      state={playing.every(({ state }) => state === 'down') ? 'down' : 'normal'}
      text={transport === 'webrtc' ? 'WebRTC' : 'HLS'}
      figure={middle === undefined ? t`not measured` : seconds(middle)}
    />
  )
}

function seconds(ms: number): string {
  const text = formatNumber(ms / 1000, 2)
  return t`${text} s`
}
