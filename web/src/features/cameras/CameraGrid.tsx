import { t } from '@lingui/core/macro'
import { useEffect, useRef, type KeyboardEvent } from 'react'

import type { Camera } from '@/lib/api/types'

import classes from './CameraGrid.module.css'
import { CameraTile } from './CameraTile'
import { useFit } from './fit'
import type { PlayerOf } from './usePlayers'

export type GridSize = 1 | 4 | 9

export const GRID_SIZES: readonly GridSize[] = [1, 4, 9]

interface Props {
  /** At most as many as the grid has places: these play. */
  cameras: readonly Camera[]
  size: GridSize
  selected: string | null
  playerOf: PlayerOf
  onSelect: (id: string) => void
  onOpen: (id: string) => void
  onSize: (size: GridSize) => void
}

/** Tiles with one place in the tab order: arrows move between them, 1 4 9 change the grid. */
export function CameraGrid({ cameras, size, selected, playerOf, onSelect, onOpen, onSize }: Props) {
  const tiles = useRef(new Map<string, HTMLElement>())
  const grid = useRef<HTMLDivElement>(null)
  const { columns, tilePx } = useFit(grid, cameras.length)
  const reachable = cameras.some(({ id }) => id === selected) ? selected : cameras[0]?.id

  useEffect(() => {
    // One that was just added may be out of sight.
    if (selected) tiles.current.get(selected)?.scrollIntoView({ block: 'nearest' })
  }, [selected])

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const wanted = GRID_SIZES.find((each) => String(each) === event.key)
    if (wanted) {
      onSize(wanted)
      return
    }
    const index = cameras.findIndex(({ id }) => id === reachable)
    const target = cameras[arrowTarget(event.key, index, columns, cameras.length)]
    if (!target || target.id === reachable) return
    event.preventDefault()
    onSelect(target.id)
    tiles.current.get(target.id)?.focus()
  }

  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the keys belong to the tiles inside; the group only hears them on their way up
    <div
      ref={grid}
      className={classes.grid}
      style={size === 1 ? undefined : { gridTemplateColumns: columnsOf(columns, tilePx) }}
      data-size={size}
      role="group"
      aria-label={t`The cameras`}
      onKeyDown={onKeyDown}
    >
      {cameras.map((camera) => (
        <CameraTile
          key={camera.id}
          camera={camera}
          player={playerOf(camera)}
          selected={camera.id === selected}
          large={size === 1}
          tabIndex={camera.id === reachable ? 0 : -1}
          onSelect={() => onSelect(camera.id)}
          onOpen={() => onOpen(camera.id)}
          ref={(element) => {
            if (element) tiles.current.set(camera.id, element)
            else tiles.current.delete(camera.id)
          }}
        />
      ))}
    </div>
  )
}

function columnsOf(columns: number, tilePx: number | null): string {
  return `repeat(${columns}, minmax(0, ${tilePx === null ? '1fr' : `${tilePx}px`}))`
}

/** Where an arrow leads from a place in a grid of so many columns; the same place at an edge. */
export function arrowTarget(key: string, index: number, columns: number, count: number): number {
  const moves: Record<string, number> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -columns,
    ArrowDown: columns,
  }
  if (key === 'Home') return 0
  if (key === 'End') return count - 1
  const target = index + (moves[key] ?? 0)
  return target >= 0 && target < count ? target : index
}
