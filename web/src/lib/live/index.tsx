/**
 * The live site as React sees it. Who feeds whom in this folder:
 *
 *     poll ----------> latest                 values, one series at a time
 *     alertsSocket --> alertsStore            numbered events; poll names the newest number
 *     poll, alertsSocket --> connection       what may be claimed about the line
 *     poll --> clock --> freshness            the server's now, and how old a value is
 *
 * `liveSite` owns the poll, the socket and both stores of a site; pages use the hooks below, `clock` and `freshness`.
 */

import {
  createContext,
  useCallback,
  useContext,
  useEffect,
  useState,
  useSyncExternalStore,
  type ReactNode,
} from 'react'
import type { AlertsView } from './alertsStore'
import type { SocketState } from './alertsSocket'
import type { AlertEvent } from '../api/types'
import { everySecond, nowBySecond } from './clock'
import type { Connection } from './connection'
import { freshnessOf, type FreshnessState } from './freshness'
import type { Latest } from './latest'
import { LiveSite, type Outage } from './liveSite'
import type { PollState } from './poll'

const LiveContext = createContext<LiveSite | null>(null)

/** Starts the site's poll and socket and stops them when the page leaves the site. */
export function LiveProvider({ site, children }: { site: string; children: ReactNode }) {
  const [live] = useState(() => new LiveSite(site))
  useEffect(() => {
    live.start()
    return () => live.stop()
  }, [live])
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
    (listener: () => void) => latest.subscribe(seriesId, listener),
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
  return useSyncExternalStore(socket.subscribe, socket.getState)
}

export function useAlerts(): AlertsView & { completeTo: number } {
  const { alerts } = useLive()
  const view = useSyncExternalStore(alerts.subscribe, alerts.getView)
  const { completeTo } = useSocketState()
  return { ...view, completeTo }
}

/** Calls back with each alert event once, in order. */
export function useAlertEvents(listener: (event: AlertEvent) => void): void {
  const live = useLive()
  useEffect(() => live.onAlertEvent(listener), [live, listener])
}

/** Fresh, late or stale, re-rendering only when the word changes. */
export function useFreshnessState(
  tsMs: number | undefined,
  budgetMs: number,
  deviceOffline = false,
): FreshnessState {
  const offline = useOffline()
  return useSyncExternalStore(
    everySecond,
    () => freshnessOf({ tsMs, budgetMs, nowMs: nowBySecond(), offline, deviceOffline }).state,
  )
}
