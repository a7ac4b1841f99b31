import styles from './Sparkline.module.css'

const WIDTH = 200
const HEIGHT = 30
/** Room above and below, so that the line's own width is not cut. */
const PAD = 3
/** Up to so many points each has its dot. */
const FEW = 4

/** By index: the lowest and highest reading of a value that is an average, where they are far from it. */
export interface Peaks {
  lows: Readonly<Record<string, number>>
  highs: Readonly<Record<string, number>>
}

interface SparklineProps {
  values: readonly (number | null)[]
  peaks?: Peaks
  threshold?: number
  critical?: boolean
  /** Binary series: drawn as steps. */
  step?: boolean
}

/** The last day in one line, with its short excursions. A gap breaks it; it is never bridged. */
export function Sparkline({ values, peaks, threshold, critical = false, step = false }: SparklineProps) {
  const known = values.filter((value) => value !== null)
  const reached = peaks && !step ? [...Object.entries(peaks.lows), ...Object.entries(peaks.highs)] : []
  const all = [
    ...known,
    ...reached.map(([, value]) => value),
    ...(threshold === undefined ? [] : [threshold]),
  ]
  const low = step ? 0 : Math.min(...all)
  const high = step ? 1 : Math.max(...all)
  const range = high - low || 1
  const x = (index: number) => (values.length < 2 ? 0 : (index / (values.length - 1)) * WIDTH)
  const y = (value: number) =>
    high === low ? HEIGHT / 2 : HEIGHT - PAD - ((value - low) / range) * (HEIGHT - 2 * PAD)
  const pieces = piecesOf(values, step, x, y)
  // A line of so few points would be a tick; one of a single point is nothing at all.
  const few = known.length <= FEW || pieces.some(({ from, to }) => from === to)
  const dots = few
    ? dotsOf(values, known.length <= FEW, x, (value) => y(step ? Math.ceil(value) : value))
    : null
  return (
    <svg
      className={styles.spark}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {pieces.map(({ line, from, to }) => (
        <g key={from}>
          <path className={styles.area} d={`M${line} L${to},${HEIGHT} L${from},${HEIGHT}z`} />
          <path className={styles.line} d={`M${line}`} />
        </g>
      ))}
      {reached.length > 0 && <path className={styles.line} d={excursions(reached, values, x, y)} />}
      {dots !== null && <path className={styles.dot} d={dots} />}
      {threshold !== undefined && (
        <path
          className={`${styles.threshold} ${critical ? styles.critical : ''}`}
          d={`M0,${y(threshold).toFixed(1)}H${WIDTH}`}
        />
      )}
    </svg>
  )
}

/** An upright stroke from each average to how far its readings went. */
function excursions(
  reached: readonly [string, number][],
  values: readonly (number | null)[],
  x: (index: number) => number,
  y: (value: number) => number,
): string {
  return reached
    .flatMap(([index, peak]) => {
      const value = values[Number(index)] ?? null
      return value === null
        ? []
        : [`M${x(Number(index)).toFixed(1)},${y(value).toFixed(1)}V${y(peak).toFixed(1)}`]
    })
    .join('')
}

/** A dot for each point, or only for those that stand alone: lines of no length, which round ends make visible. */
function dotsOf(
  values: readonly (number | null)[],
  all: boolean,
  x: (index: number) => number,
  y: (value: number) => number,
): string {
  return values
    .flatMap((value, i) => {
      if (value === null) return []
      const alone = (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null
      return all || alone ? [`M${x(i).toFixed(1)},${y(value).toFixed(1)}h0`] : []
    })
    .join('')
}

interface Piece {
  line: string
  from: string
  to: string
}

function piecesOf(
  values: readonly (number | null)[],
  step: boolean,
  x: (index: number) => number,
  y: (value: number) => number,
): Piece[] {
  const pieces: Piece[] = []
  let points: string[] = []
  let from = ''
  let to = ''
  const close = () => {
    if (points.length > 0) pieces.push({ line: points.join(' '), from, to })
    points = []
  }
  values.forEach((value, index) => {
    if (value === null) {
      close()
      return
    }
    const at = x(index).toFixed(1)
    const drawn = y(step ? Math.ceil(value) : value).toFixed(1)
    if (points.length === 0) from = at
    else if (step) points.push(`${at},${points.at(-1)?.split(',')[1] ?? drawn}`)
    points.push(`${at},${drawn}`)
    to = at
  })
  close()
  return pieces
}
