import { t } from '@lingui/core/macro'
import { EmptyState } from '@/components/EmptyState'
import { PageTitle } from '@/components/PageTitle'
import { InvitationsBanner } from '@/features/auth/InvitationsBanner'

export function NoSitePage() {
  return (
    <main>
      <InvitationsBanner />
      <PageTitle text={t`Chưa có điểm nào`} hidden />
      <EmptyState text={t`Bạn chưa được vào điểm nào. Nhờ chủ điểm mời bạn.`} />
    </main>
  )
}
