import { t } from '@lingui/core/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { EmptyState } from '@/components/EmptyState'
import { ErrorState } from '@/components/ErrorState'
import { RowsSkeleton } from '@/components/Skeletons'
import { api, body } from '@/lib/api/client'
import type { Invitation } from '@/lib/api/types'
import { formatDate } from '@/lib/i18n'
import { keys } from '@/lib/queries'
import { useSite } from '@/lib/site'
import { roleWord } from '@/lib/words'
import { ConfirmButton } from '@/components/ConfirmButton'
import { Setting } from './Setting'

/** Who was asked and has not answered; nobody sees here whether there is such an account. */
export function PendingInvitations() {
  const { slug } = useSite()
  const waiting = useQuery({
    queryKey: keys.invitations(slug),
    queryFn: () => body(api.GET('/api/v1/sites/{slug}/invitations', { params: { path: { slug } } })),
  })
  return (
    <section className="panel" aria-labelledby="invitations">
      <header>
        <h2 id="invitations">{t`Invitations waiting`}</h2>
      </header>
      {waiting.isPending && <RowsSkeleton count={1} />}
      {waiting.error && <ErrorState error={waiting.error} onRetry={() => void waiting.refetch()} />}
      {waiting.data?.length === 0 && <EmptyState text={t`No invitations are waiting.`} />}
      {waiting.data?.map((invitation) => (
        <InvitationRow key={invitation.id} invitation={invitation} />
      ))}
    </section>
  )
}

function InvitationRow({ invitation }: { invitation: Invitation }) {
  const { slug } = useSite()
  const queries = useQueryClient()
  const withdraw = useMutation({
    mutationFn: () =>
      api.DELETE('/api/v1/sites/{slug}/invitations/{invitation_id}', {
        params: { path: { slug, invitation_id: invitation.id } },
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.invitations(slug) }),
  })
  const name = invitation.name || t`Invitation by link`
  const role = roleWord(invitation.role)
  const until = formatDate(Date.parse(invitation.expires_at))
  return (
    <Setting name={name} note={t`${role} · expires ${until}`} error={withdraw.error}>
      <ConfirmButton
        text={t`Withdraw`}
        label={t`Withdraw the invitation: ${name}`}
        question={t`This invitation will no longer work.`}
        pending={withdraw.isPending}
        onConfirm={() => withdraw.mutate()}
      />
    </Setting>
  )
}
