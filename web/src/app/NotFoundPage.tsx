import { t } from '@lingui/core/macro'
import { Link } from 'react-router'
import { EmptyState } from '@/components/EmptyState'
import { PageTitle } from '@/components/PageTitle'

export function NotFoundPage() {
  return (
    <div>
      <PageTitle text={t`No such page`} hidden />
      <EmptyState
        text={t`There is no such page, or you may not view it.`}
        action={
          <Link className="btn" to="/">
            {t`To the overview`}
          </Link>
        }
      />
    </div>
  )
}
