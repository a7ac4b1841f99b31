/** Where the tiles of a wall go, so that they fill the screen however many there are. */

import { useLayoutEffect, useState, type RefObject } from 'react'

const SHAPE = 16 / 9
export const GAP_PX = 10
/** Of the window, above and below the wall: the bar of the page, its toolbar, the space around. */
const AROUND_PX = 164
/** Below, tiles stand one under the other and the page is scrolled. */
const NARROW_PX = 640
/** As nearly square as can be, unless another shape shows pictures so much larger. */
const WORTH = 1.1

export interface Fit {
  columns: number
  /** Width of a tile; null where it takes what there is. */
  tilePx: number | null
}

/** The columns that show so many pictures largest without scrolling. */
export function fitTiles(count: number, width: number, height: number): Fit {
  const square = Math.max(1, Math.ceil(Math.sqrt(count)))
  const widthIn = (columns: number) => {
    const rows = Math.ceil(count / columns)
    const byWidth = (width - GAP_PX * (columns - 1)) / columns
    const byHeight = ((height - GAP_PX * (rows - 1)) / rows) * SHAPE
    return Math.floor(Math.min(byWidth, byHeight))
  }
  let columns = square
  for (let other = 1; other <= count; other++) if (widthIn(other) > WORTH * widthIn(columns)) columns = other
  return { columns, tilePx: Math.max(1, widthIn(columns)) }
}

/** Follows the size of the box in which the wall stands, also while that fills the screen. */
export function useFit(wall: RefObject<HTMLElement | null>, count: number): Fit {
  const [fit, setFit] = useState<Fit>({ columns: Math.ceil(Math.sqrt(count)), tilePx: null })
  useLayoutEffect(() => {
    const box = wall.current?.parentElement
    if (!box) return
    const measure = () => {
      const full = document.fullscreenElement?.contains(box) ?? false
      const height = window.innerHeight - (full ? 2 * GAP_PX + 4 : AROUND_PX)
      const width = wall.current?.clientWidth ?? 0
      const found =
        window.innerWidth < NARROW_PX ? { columns: 1, tilePx: null } : fitTiles(count, width, height)
      setFit((known) => (known.columns === found.columns && known.tilePx === found.tilePx ? known : found))
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(box)
    window.addEventListener('resize', measure)
    return () => {
      observer.disconnect()
      window.removeEventListener('resize', measure)
    }
  }, [wall, count])
  return fit
}
