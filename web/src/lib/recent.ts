/** What a person opened by the search of a site, the last first; this browser remembers it until the sign-out. */

import type { Hit } from './api/types'
import { forget, recall, remember } from './storage'

const KEPT = 8

export type Found = Pick<Hit, 'kind' | 'id' | 'name' | 'device_name' | 'zone'>

const keyOf = (site: string) => `recent.${site}`

export function recentHits(site: string): Found[] {
  try {
    const kept: unknown = JSON.parse(recall(keyOf(site)) ?? '[]')
    return Array.isArray(kept) ? (kept as Found[]) : []
  } catch {
    return []
  }
}

export function rememberHit(site: string, { kind, id, name, device_name, zone }: Found): void {
  const others = recentHits(site).filter((each) => each.kind !== kind || each.id !== id)
  remember(keyOf(site), JSON.stringify([{ kind, id, name, device_name, zone }, ...others].slice(0, KEPT)))
}

/** At the sign-out: the next person of this browser may see other sites. */
export function forgetHits(): void {
  forget('recent.')
}
