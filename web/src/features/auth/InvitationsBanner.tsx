import { t } from '@lingui/core/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from 'react-router'
import { api, body } from '@/lib/api/client'
import { sentenceOf } from '@/lib/api/sentences'
import type { MyInvitation } from '@/lib/api/types'
import { formatDate } from '@/lib/i18n'
import { keys } from '@/lib/queries'
import { roleWord } from '@/lib/words'
import styles from './InvitationsBanner.module.css'

/** What this person is invited to: nothing while there is nothing. */
export function InvitationsBanner() {
  const invitations = useQuery({
    queryKey: keys.myInvitations,
    queryFn: () => body(api.GET('/api/v1/me/invitations')),
    staleTime: 60_000,
  })
  if (!invitations.data || invitations.data.length === 0) return null
  return (
    <section className={styles.list} aria-label={t`Invitation`}>
      {invitations.data.map((invitation) => (
        <Invited key={invitation.id} invitation={invitation} />
      ))}
    </section>
  )
}

function Invited({ invitation }: { invitation: MyInvitation }) {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const params = { path: { invitation_id: invitation.id } }
  const refresh = () => queries.invalidateQueries({ queryKey: keys.myInvitations })
  const accept = useMutation({
    mutationFn: () => body(api.POST('/api/v1/me/invitations/{invitation_id}', { params })),
    onSuccess: async ({ slug }) => {
      await queries.invalidateQueries({ queryKey: keys.me })
      await refresh()
      await navigate(`/s/${slug}`)
    },
    onError: refresh,
  })
  const decline = useMutation({
    mutationFn: () => api.DELETE('/api/v1/me/invitations/{invitation_id}', { params }),
    onSettled: refresh,
  })
  const pending = accept.isPending || decline.isPending
  const error = accept.error ?? decline.error
  const { site_name: site, made_by: by } = invitation
  const role = roleWord(invitation.role)
  const until = formatDate(Date.parse(invitation.expires_at))
  return (
    <div className={styles.invited}>
      <p role="status">
        <b>{t`You are invited to ${site}`}</b>{' '}
        <span className="small">{t`${role} · invited by ${by} · expires ${until}`}</span>
      </p>
      <div className="row wrap">
        <button type="button" className="btn primary" disabled={pending} onClick={() => accept.mutate()}>
          {t`Accept`}
        </button>
        <button type="button" className="btn" disabled={pending} onClick={() => decline.mutate()}>
          {t`Decline`}
        </button>
      </div>
      {error && (
        <p className={styles.failed} role="alert">
          {sentenceOf(error)}
        </p>
      )}
    </div>
  )
}
