import { Navigate } from 'react-router'
import { Problem } from '@/lib/api/problem'
import { useMeOrKept } from '@/lib/queries'
import { recall } from '@/lib/storage'
import { ErrorState } from '@/components/ErrorState'
import { NoSitePage } from './NoSitePage'

/** `/` goes to the site this browser saw last. */
export function Home({ to = '' }: { to?: string }) {
  const me = useMeOrKept()
  if (me.isPending) return null
  if (!me.data) {
    if (me.error instanceof Problem && me.error.status === 401) return <Navigate to="/sign-in" replace />
    return <ErrorState error={me.error} onRetry={() => void me.refetch()} />
  }
  const { sites } = me.data
  const site = sites.find(({ slug }) => slug === recall('site')) ?? sites[0]
  if (!site) return <NoSitePage />
  return <Navigate to={`/s/${site.slug}${to ? `/${to}` : ''}`} replace />
}
