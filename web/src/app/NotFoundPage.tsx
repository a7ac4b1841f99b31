import { t } from '@lingui/core/macro'
import { Link } from 'react-router'
import { EmptyState } from '@/components/EmptyState'
import { PageTitle } from '@/components/PageTitle'

export function NotFoundPage() {
  return (
    <div>
      <PageTitle text={t`Không có trang này`} hidden />
      <EmptyState
        text={t`Không có trang này, hoặc bạn không có quyền xem.`}
        action={
          <Link className="btn" to="/">
            {t`Về tổng quan`}
          </Link>
        }
      />
    </div>
  )
}
