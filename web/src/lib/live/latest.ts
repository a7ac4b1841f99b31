/** The newest value of each series; a card listens to its own series only. */

import type { Snapshot } from '../api/types'
import { learnValue } from '../i18n'
import { Listeners } from '../listeners'

export interface Latest {
  tsMs: number
  /** Binary series: 1 or 0. */
  value: number
}

export class LatestValues {
  private values = new Map<number, Latest>()
  private readonly listeners = new Map<number, Listeners>()
  private readonly anyListeners = new Listeners()
  private readonly watchListeners = new Listeners()
  private version = 0

  get(seriesId: number): Latest | undefined {
    return this.values.get(seriesId)
  }

  all(): [number, number, number][] {
    return [...this.values].map(([id, { tsMs, value }]) => [id, tsMs, value])
  }

  has(seriesId: number): boolean {
    return this.values.has(seriesId)
  }

  /** Grows with every change; a cheap key for what depends on all values. */
  getVersion = (): number => this.version

  subscribe(seriesId: number, listener: () => void): () => void {
    const listeners = this.listeners.get(seriesId) ?? new Listeners()
    this.listeners.set(seriesId, listeners)
    const end = listeners.subscribe(listener)
    if (listeners.size === 1) this.watchListeners.notify()
    return end
  }

  /** Calls back when somebody begins to show a series that nobody showed. */
  readonly onWatch = (listener: () => void) => this.watchListeners.subscribe(listener)

  readonly subscribeAny = this.anyListeners.subscribe

  /** The series that somebody shows. */
  watched(): number[] {
    return [...this.listeners].filter(([, listeners]) => listeners.size > 0).map(([id]) => id)
  }

  /** part: the snapshot is of the watched series alone and says nothing of others. */
  apply(snapshot: Partial<Snapshot> & Pick<Snapshot, 'full' | 'series'>, part = false): void {
    const gone = snapshot.full && !part ? new Set(this.values.keys()) : new Set<number>()
    const changed: number[] = []
    for (const [id, tsMs, value] of snapshot.series) {
      gone.delete(id)
      if (value === null) continue
      const old = this.values.get(id)
      if (old?.tsMs === tsMs && old.value === Number(value)) continue
      this.values.set(id, { tsMs, value: Number(value) })
      learnValue(id, Number(value))
      changed.push(id)
    }
    for (const id of gone) this.values.delete(id)
    if (changed.length === 0 && gone.size === 0) return
    this.version += 1
    for (const id of [...changed, ...gone]) this.listeners.get(id)?.notify()
    this.anyListeners.notify()
  }
}
