import { useState } from 'react'
import { api, body } from '@/lib/api/client'
import type { Alert } from '@/lib/api/types'

/** Fewer than this in the first read means that there is no past to ask for. */
const FIRST_PAGE = 50

/** Pages of the past, asked for by hand, after what the live list knows. */
export function useOlderAlerts(site: string, known: readonly Alert[]) {
  const [pages, setPages] = useState<readonly Alert[]>([])
  const [state, setState] = useState<{ loading: boolean; ended: boolean; error: unknown }>({
    loading: false,
    ended: false,
    error: null,
  })
  const ids = new Set(known.map(({ id }) => id))
  const alerts = pages.filter(({ id }) => !ids.has(id))

  async function load(): Promise<void> {
    // The server's cursor is the place of the last one: time of opening and number.
    const last = [...known, ...pages].reduce((oldest, alert) =>
      alert.opened_ms < oldest.opened_ms ? alert : oldest,
    )
    setState({ loading: true, ended: false, error: null })
    try {
      const query = { site, limit: FIRST_PAGE, cursor: `${last.opened_ms}.${last.id}` }
      const page = await body(api.GET('/api/v1/alerts', { params: { query } }))
      setPages((before) => [...before, ...page.results])
      setState({ loading: false, ended: page.next === null, error: null })
    } catch (error) {
      setState({ loading: false, ended: false, error })
    }
  }

  return {
    alerts,
    more: known.length >= FIRST_PAGE && !state.ended,
    loading: state.loading,
    error: state.error,
    load: () => void load(),
  }
}
