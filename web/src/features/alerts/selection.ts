import { useMemo, useState } from 'react'
import type { Alert } from '@/lib/api/types'

export interface Selection {
  ids: ReadonlySet<number>
  /** How many of the list can be selected: those that are not over. */
  possible: number
  /** range: from the one before to this one, as with the shift key. */
  toggle: (id: number, range: boolean) => void
  selectAll: (all: boolean) => void
}

/** Which alerts of a list are selected; one that is over or listed no more is not. */
export function useSelection(alerts: readonly Alert[]): Selection {
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set())
  const [last, setLast] = useState<number | null>(null)
  const possible = useMemo(
    () => alerts.filter(({ state }) => state !== 'resolved').map(({ id }) => id),
    [alerts],
  )
  const ids = useMemo(() => new Set(possible.filter((id) => chosen.has(id))), [possible, chosen])
  const toggle = (id: number, range: boolean) => {
    const [from, to] = [last === null ? -1 : possible.indexOf(last), possible.indexOf(id)]
    const some =
      range && from >= 0 && to >= 0 ? possible.slice(Math.min(from, to), Math.max(from, to) + 1) : [id]
    const on = !ids.has(id)
    setChosen(new Set(on ? [...ids, ...some] : [...ids].filter((each) => !some.includes(each))))
    setLast(id)
  }
  return {
    ids,
    possible: possible.length,
    toggle,
    selectAll: (all) => setChosen(new Set(all ? possible : [])),
  }
}
