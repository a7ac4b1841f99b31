/** Whoever wants to hear of a change; the one helper behind every store of this page. */

type Listener<Args extends unknown[]> = (...args: Args) => void

export class Listeners<Args extends unknown[] = []> {
  private readonly entries = new Set<{ listener: Listener<Args> }>()

  get size(): number {
    return this.entries.size
  }

  /** Bound, so that `useSyncExternalStore` takes it as it is. Returns what ends the subscription. */
  readonly subscribe = (listener: Listener<Args>): (() => void) => {
    const entry = { listener }
    this.entries.add(entry)
    return () => {
      this.entries.delete(entry)
    }
  }

  /** Calls everybody who listened when it began and still does. */
  notify(...args: Args): void {
    for (const entry of [...this.entries]) if (this.entries.has(entry)) entry.listener(...args)
  }
}
