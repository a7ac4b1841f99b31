/**
 * The live site as React sees it. Who feeds whom in this folder:
 *
 *     poll ----------> latest                 values, one series at a time
 *     alertsSocket --> alertsStore            numbered events; poll names the newest number
 *     poll, alertsSocket --> connection       what may be claimed about the line
 *     poll ----------> lists                  devices, series, rules ... are read again when their numbers move
 *     poll --> clock --> freshness            the server's now, and how old a value is
 *     everything ----> kept                   what a page without a server shows
 *
 * `liveSite` owns the poll, the socket and both stores of a site; pages use the hooks below, `clock` and `freshness`.
 */

import { useQueryClient } from '@tanstack/react-query'
import {
  createContext,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
  type ReactNode,
} from 'react'
import { countActive, type AlertsView } from './alertsStore'
import type { SocketState } from './alertsSocket'
import type { Alert, AlertCounts, AlertEvent } from '../api/types'
import { everySecondPaced, nowBySecond } from './clock'
import { keepLastValues } from '../kept/keep'
import type { KeptLive } from '../kept/store'
import { keys } from '../queries/keys'
import type { Connection } from './connection'
import { freshnessOf, type FreshnessState } from './freshness'
import type { Latest } from './latest'
import { keepListsCurrent } from './lists'
import { LiveSite, type Outage } from './liveSite'
import { pace } from './pace'
import type { PollState } from './poll'

const LiveContext = createContext<LiveSite | null>(null)

/** Starts the site's poll and socket and stops them when the page leaves the site. */
export function LiveProvider({ site, children }: { site: string; children: ReactNode }) {
  const queries = useQueryClient()
  const [live] = useState(() => {
    const made = new LiveSite(site)
    const kept = queries.getQueryData<KeptLive>(keys.kept(site))
    if (kept) made.restore(kept)
    return made
  })
  useEffect(() => {
    const leave = [keepListsCurrent(live, queries), keepLastValues(live, queries)]
    live.start()
    return () => {
      live.stop()
      for (const end of leave) end()
    }
  }, [live, queries])
  return <LiveContext.Provider value={live}>{children}</LiveContext.Provider>
}

/** For tests and stories: a live site that somebody else drives. */
export function GivenLive({ live, children }: { live: LiveSite; children: ReactNode }) {
  return <LiveContext.Provider value={live}>{children}</LiveContext.Provider>
}

export function useLive(): LiveSite {
  const live = useContext(LiveContext)
  if (!live) throw new Error('useLive needs a LiveProvider above it.')
  return live
}

/** The newest value of a series; re-renders only when that one changes. */
export function useLatest(seriesId: number): Latest | undefined {
  const { latest } = useLive()
  const subscribe = useCallback(
    (listener: () => void) => pace((call) => latest.subscribe(seriesId, call))(listener),
    [latest, seriesId],
  )
  return useSyncExternalStore(subscribe, () => latest.get(seriesId))
}

export function useConnection(): Connection {
  const live = useLive()
  return useSyncExternalStore(live.subscribe, live.getConnection)
}

/** True when nothing on the page may claim to be fresh. */
export function useOffline(): boolean {
  const { kind } = useConnection()
  return kind === 'offline' || kind === 'denied'
}

export function useOutages(): readonly Outage[] {
  const live = useLive()
  return useSyncExternalStore(live.subscribe, live.getOutages)
}

export function usePollState(): PollState {
  const { poll } = useLive()
  return useSyncExternalStore(poll.subscribe, poll.getState)
}

export function useSocketState(): SocketState {
  const { socket } = useLive()
  const subscribe = useMemo(() => pace(socket.subscribe), [socket])
  return useSyncExternalStore(subscribe, socket.getState)
}

export function useAlerts(): AlertsView & { completeTo: number } {
  const { alerts } = useLive()
  const subscribe = useMemo(() => pace(alerts.subscribe), [alerts])
  const view = useSyncExternalStore(subscribe, alerts.getView)
  const { completeTo } = useSocketState()
  return { ...view, completeTo }
}

/** How many alerts the site has, by the server; counted here until it has answered. */
export function useAlertCounts(): AlertCounts {
  const { counts, active } = useAlerts()
  return useMemo(() => counts ?? countActive(active), [counts, active])
}

/** The worst active alert of a series; re-renders only when that one changes. */
export function useAlertOf(seriesId: number): Alert | null {
  const { alerts } = useLive()
  const subscribe = useMemo(() => pace(alerts.subscribe), [alerts])
  return useSyncExternalStore(subscribe, () => alerts.getView().bySeries.get(seriesId) ?? null)
}

/** Calls back with each alert event once, in order. */
export function useAlertEvents(listener: (event: AlertEvent) => void): void {
  const live = useLive()
  useEffect(() => live.onAlertEvent(listener), [live, listener])
}

/** Fresh, late or stale, re-rendering only when the word changes. */
export function useFreshnessState(tsMs: number | undefined, budgetMs: number): FreshnessState {
  const offline = useOffline()
  return useSyncExternalStore(
    everySecondPaced,
    () => freshnessOf({ tsMs, budgetMs, nowMs: nowBySecond(), offline }).state,
  )
}
