import { plural, t } from '@lingui/core/macro'
import { Combobox, useCombobox } from '@mantine/core'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { Icon } from '@/components/Icon'
import type { MySite } from '@/lib/api/types'
import { useCameras, useOverview, useSeriesOfSmallSite } from '@/lib/queries'
import { useSite } from '@/lib/site'
import { roleWord } from '@/lib/words'
import styles from './SiteSwitcher.module.css'

/** From this many sites on, typing is quicker than looking. */
const SEARCH_FROM = 8

/** No slug: those have no space. */
const NEW_SITE = 'new site'

export function SiteSwitcher({ sites, wall }: { sites: readonly MySite[]; wall: boolean }) {
  const site = useSite()
  const navigate = useNavigate()
  const [search, setSearch] = useState('')
  const combobox = useCombobox({
    onDropdownClose: () => {
      combobox.resetSelectedOption()
      setSearch('')
    },
  })
  const shown = sites.filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()))
  const mayAdd = sites.some(({ role }) => role === 'owner')
  const single = sites.length < 2 && !mayAdd
  const face = (
    <span>
      <b>{site.name}</b>
      <SiteSummary site={site} />
    </span>
  )
  if (wall || single) return <div className={styles.site}>{face}</div>
  return (
    <Combobox
      store={combobox}
      width={320}
      position="bottom-start"
      withinPortal
      onOptionSubmit={(slug) => {
        combobox.closeDropdown()
        void navigate(slug === NEW_SITE ? `/s/${site.slug}/settings/new-site` : `/s/${slug}`)
      }}
    >
      <Combobox.Target targetType="button" withAriaAttributes>
        <button type="button" className={styles.site} onClick={() => combobox.toggleDropdown()}>
          {face}
          <Icon name="down" />
        </button>
      </Combobox.Target>
      <Combobox.Dropdown>
        {sites.length >= SEARCH_FROM && (
          <Combobox.Search
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
            aria-label={t`Find a site`}
            placeholder={t`Find a site`}
          />
        )}
        <Combobox.Options aria-label={t`Site`}>
          {shown.map(({ slug, name, address, role }) => (
            <Combobox.Option key={slug} value={slug} active={slug === site.slug} className={styles.option}>
              <b>{name}</b>
              <div className="small muted">{[address, roleWord(role)].filter(Boolean).join(' · ')}</div>
            </Combobox.Option>
          ))}
          {mayAdd && (
            <Combobox.Option value={NEW_SITE} className={styles.option}>
              <b>{t`Add a site`}</b>
            </Combobox.Option>
          )}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
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
  return <small>{parts.filter(Boolean).join(' · ')}</small>
}
