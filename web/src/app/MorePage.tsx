import { t } from '@lingui/core/macro'
import { Link } from 'react-router'
import { Icon } from '@/components/Icon'
import { PageTitle } from '@/components/PageTitle'
import { useSite } from '@/lib/site'
import styles from './MorePage.module.css'

/** What the phone's tab bar has no room for. */
export default function MorePage() {
  const { slug } = useSite()
  const entries = [
    { to: `/s/${slug}/rules`, icon: 'rule', text: t`Rules` },
    { to: `/s/${slug}/settings/account`, icon: 'gear', text: t`Settings` },
  ] as const
  return (
    <>
      <PageTitle text={t({ message: 'More', context: 'nav' })} />
      <ul className={`panel ${styles.list}`}>
        {entries.map(({ to, icon, text }) => (
          <li key={to}>
            <Link to={to}>
              <Icon name={icon} />
              <span className="grow">{text}</span>
              <Icon name="right" />
            </Link>
          </li>
        ))}
      </ul>
    </>
  )
}
