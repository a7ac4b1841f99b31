/** The lists of a site are read again when the poll names another number of them: no page needs a reload. */

import type { Query, QueryClient, QueryState } from '@tanstack/react-query'
import { keys } from '../queries/keys'
import type { ListNumbers, LiveSite } from './liveSite'

/** On a site of boards that sleep and wake somebody comes or goes all the time. */
const PRESENCE_EVERY_MS = 5000
/** Of so many devices the list is read for their presence more seldom. */
const LONG_LIST = 500
const LONG_LIST_EVERY_MS = 60_000

/** Follows the live site until the returned function is called. */
export function keepListsCurrent({ site, onNumbers, poll }: LiveSite, queries: QueryClient): () => void {
  let readDevicesAtMs = -Infinity
  let later: ReturnType<typeof setTimeout> | undefined

  const readDevices = () => {
    later = undefined
    readDevicesAtMs = performance.now()
    void queries.invalidateQueries({ queryKey: keys.devices(site), predicate: (query) => !isLong(query) })
  }
  const readEverything = () => {
    void queries.invalidateQueries({
      queryKey: keys.site(site),
      predicate: ({ queryKey }) => !isHistory(queryKey),
    })
    void queries.invalidateQueries({ queryKey: keys.me, exact: true })
  }

  // What failed while nobody answered, and what an earlier page has kept, is asked for when somebody does.
  let failing = false
  const endPoll = poll.subscribe(() => {
    const { status } = poll.getState()
    if (status === 'ok' && failing) {
      queries.removeQueries({ queryKey: keys.anyKept })
      void queries.refetchQueries({ type: 'active', predicate: ({ state }) => isUnanswered(state) })
    }
    failing = status === 'failing'
  })
  const end = onNumbers(({ registry_seq, presence_seq }) => {
    // With the lists in the cache, so that they are compared also after a visit to another site.
    const before = queries.getQueryData<ListNumbers>(keys.numbers(site))
    queries.setQueryData<ListNumbers>(keys.numbers(site), { registry_seq, presence_seq })
    if (!before) return
    if (registry_seq !== before.registry_seq) readEverything()
    else if (presence_seq !== before.presence_seq)
      later ??= setTimeout(readDevices, Math.max(0, readDevicesAtMs + PRESENCE_EVERY_MS - performance.now()))
  })
  return () => {
    end()
    endPoll()
    clearTimeout(later)
  }
}

function isUnanswered({ status, data, dataUpdatedAt }: QueryState): boolean {
  return status === 'error' || (data !== undefined && dataUpdatedAt === 0)
}

/** A long list that was read a moment ago: the rows on the page are asked for by themselves. */
function isLong({ state: { data, dataUpdatedAt } }: Query): boolean {
  return Array.isArray(data) && data.length > LONG_LIST && Date.now() - dataUpdatedAt < LONG_LIST_EVERY_MS
}

/** Sparklines move with time, not with the registry. */
function isHistory(queryKey: readonly unknown[]): boolean {
  return queryKey[2] === 'sparklines'
}
