import { t } from '@lingui/core/macro'
import { EmptyState } from '@/components/EmptyState'
import { PageTitle } from '@/components/PageTitle'
import { InvitationsBanner } from '@/features/auth/InvitationsBanner'

export function NoSitePage() {
  return (
    <main>
      <InvitationsBanner />
      <PageTitle text={t`No sites yet`} hidden />
      <EmptyState text={t`You are not a member of any site yet. Ask an owner to invite you.`} />
    </main>
  )
}
