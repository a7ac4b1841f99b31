/**
 * How often React hears of a store that may change 300 times a second.
 *
 * The first change is told at once. What follows is told together, once a frame, and less often where drawing takes longer:
 * the page draws for a quarter of the time at most, so that a burst leaves it usable.
 */

type Listener = () => void
type Subscribe = (listener: Listener) => () => void

const FRAME_MS = 16
/** No news waits longer than this to be drawn. */
const LONGEST_MS = 250
/** Rest so many times as long as the drawing took. */
const REST = 3

const waiting = new Set<Listener>()
let drawingSinceMs: number | null = null
let resting = false

function tell(listener: Listener): void {
  if (resting) {
    waiting.add(listener)
    return
  }
  begin()
  listener()
  finish()
}

function begin(): void {
  drawingSinceMs ??= performance.now()
}

/** In a microtask of its own, which comes after the one in which React draws. */
function finish(): void {
  queueMicrotask(() => {
    if (drawingSinceMs === null) return
    const tookMs = performance.now() - drawingSinceMs
    drawingSinceMs = null
    resting = true
    setTimeout(goOn, Math.min(LONGEST_MS, Math.max(FRAME_MS, REST * tookMs)))
  })
}

function goOn(): void {
  resting = false
  if (waiting.size === 0) return
  const listeners = [...waiting]
  waiting.clear()
  begin()
  for (const listener of listeners) listener()
  finish()
}

/** The same subscription, told at this pace. */
export function paced(subscribe: Subscribe): Subscribe {
  return (listener) => {
    let ended = false
    const call = () => {
      if (!ended) listener()
    }
    const end = subscribe(() => tell(call))
    return () => {
      ended = true
      waiting.delete(call)
      end()
    }
  }
}
