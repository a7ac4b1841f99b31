/** Asks the server what a rule would say now, and would have said: some time after the last change of the draft. */

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { api, body } from '@/lib/api/client'
import type { TrialRequest } from '@/lib/api/types'
import { useSite } from '@/lib/site'
import { conditionOf, scopeOf, type Draft } from './draft'

const PAUSE_MS = 400
const AGAIN_MS = 10_000
const DAY_MS = 86_400_000
export const RANGES = { '24h': DAY_MS, '7d': 7 * DAY_MS, '30d': 30 * DAY_MS } as const
export type RangeName = keyof typeof RANGES

/** The text of the request, once the draft has stood still; null while it is not whole. */
function useSettled(draft: Draft): { text: string | null; settling: boolean } {
  const found = conditionOf(draft)
  const now =
    'condition' in found
      ? JSON.stringify({ metric: draft.metric, ...scopeOf(draft), condition: found.condition })
      : null
  const [text, setText] = useState(now)
  useEffect(() => {
    const timer = setTimeout(() => setText(now), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [now])
  return { text: now === null ? null : text, settling: now !== text }
}

export function useTrial(draft: Draft, range: RangeName) {
  const { slug } = useSite()
  const { text, settling } = useSettled(draft)
  const params = { path: { slug } }
  const asked = () => JSON.parse(text ?? '{}') as TrialRequest
  const now = useQuery({
    queryKey: ['rule-try', slug, text],
    queryFn: () => body(api.POST('/api/v1/sites/{slug}/rules/try', { params, body: asked() })),
    enabled: text !== null,
    refetchInterval: AGAIN_MS,
    placeholderData: keepPreviousData,
  })
  const past = useQuery({
    queryKey: ['rule-replay', slug, text, range],
    queryFn: async () => {
      const to = Date.now()
      const from = to - RANGES[range]
      const sent = { ...asked(), from, to }
      const found = await body(api.POST('/api/v1/sites/{slug}/rules/replay', { params, body: sent }))
      return { ...found, from, to }
    },
    enabled: text !== null,
    staleTime: 60_000,
    placeholderData: keepPreviousData,
  })
  return { whole: text !== null, settling, now, past }
}

export type Past = NonNullable<ReturnType<typeof useTrial>['past']['data']>
