import { t } from '@lingui/core/macro'
import { useEffect, useRef } from 'react'
import { NavLink, useParams } from 'react-router'
import { EmptyState } from '@/components/EmptyState'
import { PageTitle } from '@/components/PageTitle'
import { useLanguage } from '@/lib/i18n'
import { useCan, useSite } from '@/lib/site'
import { AccountTab } from './AccountTab'
import { AuditTab } from './AuditTab'
import { MembersTab } from './MembersTab'
import { NewSiteTab } from './NewSiteTab'
import { SiteTab } from './SiteTab'
import { TokensTab } from './TokensTab'
import { ZonesTab } from './ZonesTab'
import styles from './SettingsPage.module.css'

export default function SettingsPage() {
  const { tab = 'account' } = useParams()
  const { slug } = useSite()
  const owner = useCan('owner')
  const tabs = [
    { tab: 'account', text: t`Account`, page: <AccountTab /> },
    { tab: 'tokens', text: t`Access tokens`, page: <TokensTab /> },
    { tab: 'audit', text: t`Audit log`, page: <AuditTab /> },
    ...(owner
      ? [
          { tab: 'site', text: t`Site`, page: <SiteTab /> },
          { tab: 'zones', text: t`Zones`, page: <ZonesTab /> },
          { tab: 'members', text: t`Members`, page: <MembersTab /> },
        ]
      : []),
  ]
  const nav = useRef<HTMLElement>(null)
  const language = useLanguage()
  // On a phone the tabs are wider than the screen.
  useEffect(() => {
    nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [tab, language])
  const current = tab === 'new-site' ? { page: <NewSiteTab /> } : tabs.find((one) => one.tab === tab)
  return (
    <div className={styles.page}>
      <PageTitle text={t`Settings`} />
      <nav ref={nav} className={styles.tabs} aria-label={t`Settings`}>
        {tabs.map((one) => (
          <NavLink key={one.tab} to={`/s/${slug}/settings/${one.tab}`}>
            {one.text}
          </NavLink>
        ))}
      </nav>
      {current?.page ?? <EmptyState text={t`You may not view this page. Ask the owner.`} />}
    </div>
  )
}
