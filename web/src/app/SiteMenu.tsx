import { t } from '@lingui/core/macro'
import { Combobox, useCombobox } from '@mantine/core'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { useNavigate } from 'react-router'
import { Icon } from '@/components/Icon'
import type { MySite } from '@/lib/api/types'
import { useSite } from '@/lib/site'
import { roleWord } from '@/lib/words'
import styles from './SiteSwitcher.module.css'

/** From this many sites on, typing is quicker than looking. */
const SEARCH_FROM = 8

/** No slug: those have no space. */
const NEW_SITE = 'new site'

/** The same button as before it was pressed, with its list, which is open at first. */
export default function SiteMenu({ sites, children }: { sites: readonly MySite[]; children: ReactNode }) {
  const site = useSite()
  const navigate = useNavigate()
  const button = useRef<HTMLButtonElement>(null)
  const [search, setSearch] = useState('')
  const combobox = useCombobox({
    defaultOpened: true,
    onDropdownClose: () => {
      combobox.resetSelectedOption()
      setSearch('')
    },
  })
  useEffect(() => button.current?.focus(), [])
  const shown = sites.filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()))
  const mayAdd = sites.some(({ role }) => role === 'owner')
  return (
    <Combobox
      store={combobox}
      width={320}
      position="bottom-start"
      withinPortal={false}
      onOptionSubmit={(slug) => {
        combobox.closeDropdown()
        void navigate(slug === NEW_SITE ? `/s/${site.slug}/settings/new-site` : `/s/${slug}`)
      }}
    >
      <Combobox.Target targetType="button" withAriaAttributes>
        <button ref={button} type="button" className={styles.site} onClick={() => combobox.toggleDropdown()}>
          {children}
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
