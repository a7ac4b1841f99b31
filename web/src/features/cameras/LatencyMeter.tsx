import { t } from '@lingui/core/macro'

import { useNow } from '@/lib/live/clock'
import { formatNumber } from '@/lib/i18n'

import classes from './CameraSide.module.css'
import type { PlayerView } from './player'
import type { LatencySample } from './player-measures'
import { ALL_TRANSPORTS, current, type Transport } from './player-state'
import { latencyWords, SHORTEST_MS, transportWords } from './words'

/** What a person at a gate can live with; past it the number is no longer called good. */
const BUDGET_MS = 500
const WINDOW_MS = 5 * 60_000
const WIDTH = 300
const TOP = 12
const BOTTOM = 50

/** The newest latency in big figures, and the last five minutes of it. */
export function LatencyMeter({ view }: { view: PlayerView }) {
  // A picture that stands still has no latency, however good the last one was.
  const latencyMs = view.state.phase.name === 'live' ? view.latencyMs : null
  const budget = formatNumber(BUDGET_MS / 1000)
  const within = latencyMs !== null && latencyMs <= BUDGET_MS
  return (
    <>
      <p className="small muted">{t`Measured latency, from the server to the screen, without the camera`}</p>
      <p className={classes.big}>
        {latencyMs === null ? (
          <span className={classes.none}>{t`not measured`}</span>
        ) : (
          <>
            <span>{formatNumber(Math.max(SHORTEST_MS, latencyMs) / 1000, 3)}</span>
            <small>{t`seconds`}</small>
            <span className={within ? classes.within : classes.over}>
              {within ? t`within ${budget}` : t`over ${budget}`}
            </span>
          </>
        )}
      </p>
      {view.samples.length > 1 && <FiveMinutes samples={view.samples} />}
    </>
  )
}

function FiveMinutes({ samples }: { samples: readonly LatencySample[] }) {
  const now = useNow()
  const worst = Math.max(...samples.map((sample) => sample.latencyMs))
  const worstWords = latencyWords(worst)
  const top = Math.max(worst, BUDGET_MS)
  const x = (sample: LatencySample) => WIDTH - ((now - sample.atMs) / WINDOW_MS) * WIDTH
  const y = (sample: LatencySample) => BOTTOM - (sample.latencyMs / top) * (BOTTOM - TOP)
  return (
    <svg
      className={classes.line}
      viewBox={`0 0 ${WIDTH} 66`}
      role="img"
      aria-label={t`Latency of the last 5 minutes, highest ${worstWords}`}
    >
      <line className={classes.grid} x1="0" x2={WIDTH} y1={TOP} y2={TOP} />
      <line className={classes.grid} x1="0" x2={WIDTH} y1={BOTTOM} y2={BOTTOM} />
      {runsOf(samples).map((run) => (
        <path
          key={run[0]?.atMs}
          className={run[0]?.transport === 'webrtc' ? classes.best : classes.stepped}
          d={run
            .map((sample, i) => `${i ? 'L' : 'M'}${x(sample).toFixed(1)},${y(sample).toFixed(1)}`)
            .join('')}
        />
      ))}
      <text x="0" y="63">{t`−5 min`}</text>
      <text x={WIDTH} y="63" textAnchor="end">{t`now`}</text>
    </svg>
  )
}

/** Stretches on one transport; each begins where the last one ended. */
function runsOf(samples: readonly LatencySample[]): LatencySample[][] {
  const runs: LatencySample[][] = []
  for (const sample of samples) {
    const run = runs.at(-1)
    const last = run?.at(-1)
    if (run && last?.transport === sample.transport && sample.atMs - last.atMs < 10_000) run.push(sample)
    else runs.push([sample])
  }
  return runs
}

/** 0.1 s to 10 s on a log axis, in percent. */
function place(latencyMs: number): number {
  return Math.min(98, Math.max(2, ((Math.log10(latencyMs) - 1.5) / 2.5) * 100))
}

interface LadderProps {
  view: PlayerView
  onChoose: (transport: Transport | null) => void
}

/** Every transport with what it measured last here, or that nobody has measured it. Pressed, it is used. */
export function Ladder({ view, onChoose }: LadderProps) {
  const using = current(view.state)
  const { chosen, camera } = view.state
  const newest = (transport: Transport) =>
    view.samples.findLast((sample) => sample.transport === transport)?.latencyMs ?? null
  return (
    <>
      <ul className={classes.ladder}>
        {ALL_TRANSPORTS.map((transport) => {
          const latencyMs = newest(transport)
          const offered = camera.offered.includes(transport)
          const name = transportWords(transport)
          return (
            <li key={transport} data-current={transport === using || undefined}>
              <button
                type="button"
                className={classes.rung}
                disabled={!offered}
                aria-pressed={chosen === transport}
                aria-label={t`Play by ${name}`}
                onClick={() => onChoose(chosen === transport ? null : transport)}
              >
                {name}
              </button>
              <span className={classes.track}>
                {latencyMs !== null && <i style={{ left: `${place(latencyMs).toFixed(0)}%` }} />}
              </span>
              <b>{latencyMs !== null ? latencyWords(latencyMs) : offered ? t`not measured` : t`none`}</b>
            </li>
          )
        })}
      </ul>
      {chosen && (
        <p className="small muted">
          <button type="button" className="btn quiet" onClick={() => onChoose(null)}>
            {t`Choose the best by itself`}
          </button>
        </p>
      )}
    </>
  )
}
