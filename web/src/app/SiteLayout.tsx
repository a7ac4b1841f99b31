import { Suspense, useEffect } from 'react'
import { Navigate, Outlet, useLocation, useParams } from 'react-router'
import { ErrorState } from '@/components/ErrorState'
import { PageTitle } from '@/components/PageTitle'
import { PageSkeleton } from '@/components/Skeletons'
import { useOfferedLanguage } from '@/features/auth/useOfferedLanguage'
import { Problem } from '@/lib/api/problem'
import { setZone } from '@/lib/i18n'
import { LiveProvider } from '@/lib/live'
import { useMeOrKept } from '@/lib/queries'
import { SiteContext } from '@/lib/site'
import { remember } from '@/lib/storage'
import { AppFrame } from './AppFrame'
import { NotFoundPage } from './NotFoundPage'

/** Who is here, which site, its live line, and the frame around every page of it. */
export function SiteLayout() {
  const { site: slug = '' } = useParams()
  const location = useLocation()
  const me = useMeOrKept()
  useOfferedLanguage(me.data?.language)
  const site = me.data?.sites.find((candidate) => candidate.slug === slug)

  useEffect(() => {
    if (site) remember('site', site.slug)
  }, [site])

  if (me.isPending) return <PageSkeleton />
  // A session that ends later leaves the page as it is; the banner says so.
  if (!me.data) {
    if (me.error instanceof Problem && me.error.status === 401) {
      const next = encodeURIComponent(location.pathname + location.search)
      return <Navigate to={`/sign-in?next=${next}`} replace />
    }
    return (
      <main>
        <PageTitle text="Belvedere" hidden />
        <ErrorState error={me.error} onRetry={() => void me.refetch()} />
      </main>
    )
  }
  if (!site) return <NotFoundPage alone />
  setZone(site.timezone)
  return (
    <SiteContext.Provider value={site}>
      <LiveProvider key={site.slug} site={site.slug}>
        <AppFrame me={me.data}>
          <Suspense fallback={<PageSkeleton />}>
            <Outlet />
          </Suspense>
        </AppFrame>
      </LiveProvider>
    </SiteContext.Provider>
  )
}
