/**
 * What this browser showed of a site last, for a page that is opened while the server does not answer.
 *
 * In localStorage: a sign-out removes it at once and for every tab, and a tab that is still open for somebody who has left
 * cannot put it back, because it may keep only what belongs to the owner that is written there.
 */

import type { QueryKey } from '@tanstack/react-query'
import type { Alert, AlertCounts, Me } from '../api/types'
import { forget, recall, remember } from '../storage'

export interface KeptLive {
  /** Server time of the last answer: until then all of it was true. */
  atMs: number
  /** The server's clock minus the browser's. */
  clockOffsetMs: number
  /** Series, time of its value, value. */
  values: readonly (readonly [number, number, number])[]
  /** Null while they were not loaded. */
  alerts: { list: readonly Alert[]; counts: AlertCounts | null; completeTo: number } | null
}

export interface Kept {
  me: Me
  site: string
  live: KeptLive
  /** What the query cache held of the site, by its keys. */
  lists: readonly (readonly [QueryKey, unknown])[]
}

/** Another shape than that of this build is not read. */
const SHAPE = 1
/** Of the site shown last, and the two before it. */
const MOST_SITES = 3
/** Browsers give a page 5 million characters in all. A site of 500 series has 0.4 million. */
const MOST_CHARACTERS = 1_000_000
/** More alerts than anybody reads on a page that cannot be acted on. */
const MOST_ALERTS = 200

const OWNER = 'kept.owner'
const SITES = 'kept.sites'
const keyOf = (site: string) => `kept.site.${site}`

function keptSites(): string[] {
  return recall(SITES)?.split(' ').filter(Boolean) ?? []
}

/** Writes it, unless somebody else has signed in here, or nobody is signed in any more. */
export function writeKept(kept: Kept): void {
  if (recall(OWNER) !== String(kept.me.id)) return
  const { alerts } = kept.live
  const live = { ...kept.live, alerts: alerts && { ...alerts, list: alerts.list.slice(0, MOST_ALERTS) } }
  const text = JSON.stringify({ shape: SHAPE, ...kept, live })
  if (text.length > MOST_CHARACTERS) return
  const sites = [kept.site, ...keptSites().filter((site) => site !== kept.site)]
  for (const site of sites.splice(MOST_SITES)) forget(keyOf(site))
  try {
    remember(keyOf(kept.site), text)
    remember(SITES, sites.join(' '))
  } catch {
    // No room, or the browser stores nothing: then the page has nothing to show without the server.
  }
}

/** All that is kept, the site shown last first. */
export function readKept(): Kept[] {
  return keptSites().flatMap((site) => {
    try {
      const kept = JSON.parse(recall(keyOf(site)) ?? 'null') as (Kept & { shape: number }) | null
      return kept?.shape === SHAPE ? [kept] : []
    } catch {
      return []
    }
  })
}

/** At the sign-out, and when the session has ended. */
export function forgetKept(): void {
  forget('kept.')
}

/** When this person may no longer view the site. */
export function forgetKeptSite(site: string): void {
  forget(keyOf(site))
}

/** Who is signed in: what is kept of another person, or of a site that is not theirs any more, goes. */
export function keepOnlyOf(me: Me): void {
  if (recall(OWNER) !== String(me.id)) {
    forgetKept()
    remember(OWNER, String(me.id))
  }
  for (const site of keptSites()) if (!me.sites.some(({ slug }) => slug === site)) forgetKeptSite(site)
}
