import { t } from '@lingui/core/macro'
import { EmptyState } from '@/components/EmptyState'
import { PageTitle } from '@/components/PageTitle'

export function NoSitePage() {
  return (
    <main>
      <PageTitle text={t`Chưa có điểm nào`} hidden />
      <EmptyState text={t`Bạn chưa được vào điểm nào. Nhờ chủ điểm thêm bạn làm thành viên.`} />
    </main>
  )
}
