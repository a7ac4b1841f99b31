import { plural, t } from '@lingui/core/macro'
import { lazy, Suspense, useState } from 'react'
import { Icon } from '@/components/Icon'
import type { MySite } from '@/lib/api/types'
import { useCameras, useOverview, useSeriesOfSmallSite } from '@/lib/queries'
import { useSite } from '@/lib/site'
import styles from './SiteSwitcher.module.css'

const loadMenu = () => import('./SiteMenu')
const SiteMenu = lazy(loadMenu)

/** The name of the site; a button where there is another one to go to, or to add. */
export function SiteSwitcher({ sites, wall }: { sites: readonly MySite[]; wall: boolean }) {
  const site = useSite()
  const [used, setUsed] = useState(false)
  const single = sites.length < 2 && !sites.some(({ role }) => role === 'owner')
  const face = (
    <span>
      <b title={site.name}>{site.name}</b>
      <SiteSummary site={site} />
    </span>
  )
  if (wall || single) return <div className={styles.site}>{face}</div>
  const button = (
    <button
      type="button"
      className={styles.site}
      aria-haspopup="listbox"
      onPointerEnter={() => void loadMenu()}
      onFocus={() => void loadMenu()}
      onClick={() => setUsed(true)}
      onKeyDown={(event) => {
        if (event.key === 'ArrowDown' || event.key === 'ArrowUp') setUsed(true)
      }}
    >
      {face}
      <Icon name="down" />
    </button>
  )
  return used ? (
    <Suspense fallback={button}>
      <SiteMenu sites={sites}>{face}</SiteMenu>
    </Suspense>
  ) : (
    button
  )
}

function SiteSummary({ site }: { site: MySite }) {
  const series = useSeriesOfSmallSite(site.slug).data
  const overview = useOverview(site.slug, series === null).data
  const cameras = useCameras(site.slug)
  const seriesCount = series?.length ?? overview?.series
  const cameraCount = cameras.data?.length
  const parts = [
    site.address,
    seriesCount === undefined ? '' : t`${seriesCount} series`,
    cameraCount === undefined ? '' : plural(cameraCount, { one: '# camera', other: '# cameras' }),
  ]
  const words = parts.filter(Boolean).join(' · ')
  return <small title={words}>{words}</small>
}
