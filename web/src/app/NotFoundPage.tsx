import { t } from '@lingui/core/macro'
import { Link } from 'react-router'
import { EmptyState } from '@/components/EmptyState'
import { PageTitle } from '@/components/PageTitle'

/** `alone`: where no frame of a site is around it. */
export function NotFoundPage({ alone = false }: { alone?: boolean }) {
  const Around = alone ? 'main' : 'div'
  return (
    <Around>
      <PageTitle text={t`No such page`} hidden />
      <EmptyState
        text={t`There is no such page, or you may not view it.`}
        action={
          <Link className="btn" to="/">
            {t`To the overview`}
          </Link>
        }
      />
    </Around>
  )
}

export function LonePage() {
  return <NotFoundPage alone />
}
