import type { QueryClient } from '@tanstack/react-query'
import type { Me } from '../api/types'
import type { LiveSite } from '../live/liveSite'
import { keys } from '../queries/keys'
import { forgetKept, forgetKeptSite, writeKept } from './store'

/** While all is well; when the line is lost or the page is left, what is newer is written then. */
const EVERY_MS = 15_000

/** The lists that the overview and its frame show. */
function listsOf(site: string) {
  return [
    keys.numbers(site),
    keys.site(site),
    keys.seriesHead(site),
    keys.overview(site),
    keys.devices(site),
    keys.cameras(site),
    keys.rules(site),
    keys.metrics,
    keys.siteMetrics(site),
  ]
}

/** Keeps what the page shows of the site, until the returned function is called. */
export function keepLastValues(live: LiveSite, queries: QueryClient): () => void {
  const { site, poll } = live
  /** Server times: of the last answer that this page has seen itself, and of that before the last writing. */
  let seenMs = -Infinity
  let writtenMs = -Infinity
  let wasOk = false

  const write = () => {
    const me = queries.getQueryData<Me>(keys.me)
    if (!me || seenMs === -Infinity) return
    writtenMs = seenMs
    const lists = listsOf(site).flatMap((key) => {
      const data = queries.getQueryData(key)
      return data === undefined ? [] : [[key, data] as const]
    })
    writeKept({ me, site, live: live.toKeep(seenMs), lists })
  }
  const follow = () => {
    const { status, deniedBy, lastOkMs } = poll.getState()
    if (status === 'denied') {
      seenMs = -Infinity // nothing of it is written when the page is left
      if (deniedBy === 401) forgetKept()
      else forgetKeptSite(site)
      return
    }
    if (status === 'ok') seenMs = lastOkMs ?? seenMs
    const lost = wasOk && status === 'failing'
    wasOk = status === 'ok'
    if (lost || seenMs - writtenMs >= EVERY_MS) write()
  }

  const end = poll.subscribe(follow)
  window.addEventListener('pagehide', write)
  document.addEventListener('visibilitychange', write)
  return () => {
    end()
    window.removeEventListener('pagehide', write)
    document.removeEventListener('visibilitychange', write)
    write()
  }
}
