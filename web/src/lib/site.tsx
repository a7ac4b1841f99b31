/** The site a page is about, and what this person may do there. */

import { createContext, useContext } from 'react'
import type { MySite, Role } from './api/types'

export const SiteContext = createContext<MySite | null>(null)

export function useSite(): MySite {
  const site = useContext(SiteContext)
  if (!site) throw new Error('useSite needs a site route above it.')
  return site
}

const RANK: Record<Role, number> = { viewer: 0, operator: 1, owner: 2 }

/** A viewer gets no action buttons: absent, not disabled. */
export function useCan(role: Role): boolean {
  return RANK[useSite().role] >= RANK[role]
}
