/** What this browser knows of a person goes when another one comes, and at the sign-out. */

import type { QueryClient } from '@tanstack/react-query'
import type { Me } from './api/types'
import { forgetKept, keepOnlyOf } from './kept/store'
import { keys } from './queries/keys'
import { forgetHits } from './recent'

export function signedIn(queries: QueryClient, me: Me): void {
  queries.clear()
  keepOnlyOf(me)
  queries.setQueryData(keys.me, me)
}

export function signedOut(queries: QueryClient): void {
  queries.clear()
  forgetHits()
  forgetKept()
}
