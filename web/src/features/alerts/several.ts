import { plural } from '@lingui/core/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api, body } from '@/lib/api/client'
import { useLive } from '@/lib/live'
import { useSite } from '@/lib/site'

/** The server takes so many in one request. */
const AT_ONCE = 500

export type SeveralAct = { ids: readonly number[] } & (
  { act: 'acknowledge' | 'resolve' } | { act: 'assign'; user: string | null }
)

export interface Outcome {
  act: SeveralAct['act']
  done: number
  /** Somebody else was faster, or they are gone. */
  refused: number
}

/** Does one thing to many alerts, each by itself. */
export function useSeveral() {
  const { slug: site } = useSite()
  const live = useLive()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async (sent: SeveralAct): Promise<Outcome> => {
      let done = 0
      for (let at = 0; at < sent.ids.length; at += AT_ONCE) {
        const answer = await post(sent, site, sent.ids.slice(at, at + AT_ONCE))
        done += answer.done
        for (const { alert } of answer.results) if (alert) live.alerts.merge(alert)
      }
      return { act: sent.act, done, refused: sent.ids.length - done }
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['alert'] }),
  })
}

function post(sent: SeveralAct, site: string, some: readonly number[]) {
  const ids = [...some]
  switch (sent.act) {
    case 'acknowledge':
      return body(api.POST('/api/v1/alerts/acknowledge', { body: { site, ids } }))
    case 'resolve':
      return body(api.POST('/api/v1/alerts/resolve', { body: { site, ids } }))
    case 'assign':
      return body(api.POST('/api/v1/alerts/assign', { body: { site, ids, user: sent.user } }))
  }
}

export function outcomeWords({ act, done, refused }: Outcome): string {
  const words: string[] = []
  if (done > 0 || refused === 0) words.push(doneWords(act, done))
  if (refused > 0)
    words.push(
      plural(refused, {
        one: '# could not be changed: somebody was faster.',
        other: '# could not be changed: somebody was faster.',
      }),
    )
  return words.join(' ')
}

function doneWords(act: SeveralAct['act'], done: number): string {
  switch (act) {
    case 'acknowledge':
      return plural(done, { one: '# alert acknowledged.', other: '# alerts acknowledged.' })
    case 'resolve':
      return plural(done, { one: '# alert resolved.', other: '# alerts resolved.' })
    case 'assign':
      return plural(done, { one: '# alert assigned.', other: '# alerts assigned.' })
  }
}
