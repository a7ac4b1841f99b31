import { t } from '@lingui/core/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { ErrorState } from '@/components/ErrorState'
import { RowsSkeleton } from '@/components/Skeletons'
import { api, body } from '@/lib/api/client'
import type { BrowserSession } from '@/lib/api/types'
import { formatDateTime } from '@/lib/i18n'
import { keys } from '@/lib/queries'
import { ConfirmButton } from '@/components/ConfirmButton'
import { Setting } from './Setting'

/** Where this person is signed in. */
export function SessionList() {
  const sessions = useQuery({ queryKey: keys.sessions, queryFn: () => body(api.GET('/api/v1/sessions')) })
  return (
    <>
      {sessions.isPending && <RowsSkeleton count={2} />}
      {sessions.error && <ErrorState error={sessions.error} onRetry={() => void sessions.refetch()} />}
      {sessions.data?.map((session) => (
        <SessionRow key={session.id} session={session} />
      ))}
    </>
  )
}

function SessionRow({ session }: { session: BrowserSession }) {
  const queries = useQueryClient()
  const end = useMutation({
    mutationFn: () =>
      api.DELETE('/api/v1/sessions/{session_id}', { params: { path: { session_id: session.id } } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.sessions }),
  })
  const browser = session.browser || t`Unknown browser`
  const used = formatDateTime(Date.parse(session.last_used_at))
  const note = [session.address, session.current ? t`this browser` : t`last used ${used}`]
  return (
    <Setting name={browser} note={note.filter(Boolean).join(' · ')} error={end.error}>
      {!session.current && (
        <ConfirmButton
          text={t`Sign out`}
          label={t`Sign out: ${browser}`}
          question={t`That browser has to sign in again.`}
          pending={end.isPending}
          onConfirm={() => end.mutate()}
        />
      )}
    </Setting>
  )
}
