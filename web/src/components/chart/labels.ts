/** Where the words of a chart go, so that none covers another. Pixels; no canvas in here. */

export interface Box {
  x: number
  y: number
  width: number
  height: number
}

export interface Label {
  width: number
  height: number
  /** Top left corners, the best first. */
  places: readonly { x: number; y: number }[]
}

function meet(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

function inside(box: Box, area: Box): boolean {
  return (
    box.x >= area.x &&
    box.y >= area.y &&
    box.x + box.width <= area.x + area.width &&
    box.y + box.height <= area.y + area.height
  )
}

/** Each label at its best free place inside the area; null where none is free. Earlier labels go first. */
export function placeLabels(area: Box, labels: readonly Label[]): (Box | null)[] {
  const taken: Box[] = []
  return labels.map(({ width, height, places }) => {
    for (const place of places) {
      const box = { ...place, width, height }
      if (!inside(box, area) || taken.some((other) => meet(other, box))) continue
      taken.push(box)
      return box
    }
    return null
  })
}
