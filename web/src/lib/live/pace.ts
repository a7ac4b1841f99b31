/**
 * How often React hears of a store that may change 300 times a second.
 *
 * The first change is told at once. What follows is told together, once a frame, and less often where drawing takes longer:
 * the page draws for half of the time at most. React draws in one task what it hears in one: so only as many listeners are
 * told at once as can be drawn within a few frames, the others in the next turns, and a burst leaves the page usable.
 */

type Listener = () => void
type Subscribe = (listener: Listener) => () => void

const FRAME_MS = 16
/** No news waits longer than this to be drawn. */
const LONGEST_MS = 250
/** Rest so many times as long as the drawing took. */
const REST = 1
/** What one turn may draw, layout not counted. */
const TURN_MS = 20
/** Listeners told in one turn: by what the turns before took. */
const FEWEST = 8
const MOST = 24

const waiting = new Set<Listener>()
/** Told after those: a tick of the clock is no news. */
const waitingBehind = new Set<Listener>()
let drawingSinceMs: number | null = null
let resting = false
let atOnce = MOST
/** In this turn. */
let told = 0

function tell(listener: Listener, queue: Set<Listener>): void {
  if (resting || told >= atOnce) {
    queue.add(listener)
    return
  }
  drawingSinceMs ??= performance.now()
  told += 1
  listener()
  finish()
}

/** In a microtask of its own, which comes after the one in which React draws. */
function finish(): void {
  queueMicrotask(() => {
    if (drawingSinceMs === null) return
    const tookMs = performance.now() - drawingSinceMs
    drawingSinceMs = null
    // Twice as many at most: who only looks and draws nothing says little of those who will.
    const fitting = Math.floor((told * TURN_MS) / Math.max(tookMs, 1))
    atOnce = Math.max(FEWEST, Math.min(MOST, 2 * atOnce, fitting))
    told = 0
    resting = true
    setTimeout(goOn, Math.min(LONGEST_MS, Math.max(FRAME_MS, REST * tookMs)))
  })
}

function goOn(): void {
  resting = false
  for (const listener of [...waiting, ...waitingBehind].slice(0, atOnce)) {
    const queue = waiting.delete(listener) ? waiting : waitingBehind
    queue.delete(listener)
    tell(listener, queue)
  }
}

/** The same subscription, told at this pace. behind: after all others. */
export function pace(subscribe: Subscribe, { behind = false } = {}): Subscribe {
  const queue = behind ? waitingBehind : waiting
  return (listener) => {
    let ended = false
    const call = () => {
      if (!ended) listener()
    }
    const end = subscribe(() => tell(call, queue))
    return () => {
      ended = true
      queue.delete(call)
      end()
    }
  }
}

/** For tests, whose timers may end with them. */
export function forgetPace(): void {
  waiting.clear()
  waitingBehind.clear()
  drawingSinceMs = null
  resting = false
  atOnce = MOST
  told = 0
}
