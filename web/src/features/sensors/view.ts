import { useMemo } from 'react'
import { useLocation, useNavigate, useSearchParams } from 'react-router'

import { fitRange } from '@/components/chart/zoom'
import { serverNow } from '@/lib/live/clock'

import { chosenFrom, DEFAULT_RANGE, withChosen, type Chosen } from './ranges'

export interface View {
  chosen: Chosen
  choose: (chosen: Chosen) => void
  /** To the range before; null where there is none. */
  back: (() => void) | null
  compare: string | null
  setCompare: (value: string | null) => void
}

/** Range and comparison live in the URL: a page can be sent to a colleague, and the browser's Back undoes a zoom. onChoose: told first. */
export function useView(onChoose: (chosen: Chosen) => void): View {
  const [query, setQuery] = useSearchParams()
  const navigate = useNavigate()
  const state = useLocation().state as { zoomed?: boolean } | null
  const text = query.toString()
  const chosen = useMemo(() => chosenFrom(new URLSearchParams(text)), [text])
  const own = typeof chosen !== 'string'
  const choose = (next: Chosen) => {
    const fitted = typeof next === 'string' ? next : fitRange(next, serverNow())
    onChoose(fitted)
    const among = !own && typeof next === 'string'
    setQuery((old) => withChosen(old, fitted), among ? { replace: true, state } : { state: { zoomed: true } })
  }
  const back = () => (state?.zoomed ? void navigate(-1) : choose(DEFAULT_RANGE))
  const setCompare = (value: string | null) =>
    setQuery(
      (old) => {
        const next = new URLSearchParams(old)
        if (value === null) next.delete('compare')
        else next.set('compare', value)
        return next
      },
      { replace: true, state },
    )
  return { chosen, choose, back: own ? back : null, compare: query.get('compare'), setCompare }
}
