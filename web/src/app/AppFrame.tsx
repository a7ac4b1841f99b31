import { plural, t } from '@lingui/core/macro'
import { useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { useEffect, type ReactNode } from 'react'
import { Link, matchPath, useLocation, useNavigate, useSearchParams } from 'react-router'
import { BuildBanner } from '@/components/BuildBanner'
import { ClockBanner } from '@/components/ClockBanner'
import { ConnectionBanner } from '@/components/ConnectionBanner'
import { Icon, type IconName } from '@/components/Icon'
import { Mark } from '@/components/Mark'
import { InvitationsBanner } from '@/features/auth/InvitationsBanner'
import type { Me } from '@/lib/api/types'
import { useNow } from '@/lib/live/clock'
import { chooseLanguage, currentLanguage, formatDate, formatTime, formatWeekday } from '@/lib/i18n'
import { useAlertCounts } from '@/lib/live'
import { useSite } from '@/lib/site'
import { useTitleBadge } from '@/lib/title'
import { UnsavedGuard } from '@/lib/UnsavedGuard'
import { roleWord } from '@/lib/words'
import { AlertAnnouncer } from './AlertAnnouncer'
import { Shortcuts, SkipToAlerts } from './Shortcuts'
import { SiteSwitcher } from './SiteSwitcher'
import styles from './AppFrame.module.css'

interface Entry {
  to: string
  icon: IconName
  text: string
  /** Exact address only: the overview is a prefix of every other. */
  end?: boolean
  /** Addresses of pages behind this one, which have no entry of their own beside it. */
  holds?: readonly string[]
  counts?: boolean
}

/** Rail and header on a desk, tab bar in a hand, nothing but the clock on a wall. */
export function AppFrame({ me, children }: { me: Me; children: ReactNode }) {
  const { slug } = useSite()
  const [search] = useSearchParams()
  const wall = search.has('wall')
  const counts = useAlertCounts()
  // Nobody is to be called for a silenced one.
  const open = counts.open - counts.silenced
  useTitleBadge(open)

  const base = `/s/${slug}`
  const overview: Entry = { to: base, icon: 'home', text: t`Overview`, end: true, holds: [`${base}/series`] }
  const cameras: Entry = { to: `${base}/cameras`, icon: 'cam', text: t`Cameras` }
  const alerts: Entry = { to: `${base}/alerts`, icon: 'bell', text: t`Alerts`, counts: true }
  const rules: Entry = { to: `${base}/rules`, icon: 'rule', text: t`Rules` }
  const devices: Entry = { to: `${base}/devices`, icon: 'chip', text: t`Devices` }
  const settings: Entry = { to: `${base}/settings`, icon: 'gear', text: t`Settings` }
  const more: Entry = {
    to: `${base}/more`,
    icon: 'more',
    text: t({ message: 'More', context: 'nav' }),
    holds: [rules.to, settings.to],
  }

  return (
    <div className={`${styles.frame} ${wall ? styles.wall : ''}`} data-wall={wall || undefined}>
      <a className="skip" href="#main">{t`Skip to content`}</a>
      <nav aria-label={t`Skip to alerts`}>
        <SkipToAlerts />
      </nav>
      <nav className={styles.rail} aria-label={t`Main`}>
        <Link className={styles.mark} to={base} aria-label="Belvedere">
          <Mark />
        </Link>
        {[overview, cameras, alerts, rules, devices].map((entry) => (
          <RailLink key={entry.to} entry={entry} open={open} />
        ))}
        <RailLink entry={settings} open={0} className={styles.push} />
      </nav>
      <header className={styles.head}>
        <SiteSwitcher sites={me.sites} wall={wall} />
        <ServerClock />
        {!wall && <Shortcuts />}
        <HeaderButtons />
        <Link className={`${styles.who} ${wall ? styles.opt : ''}`} to={`${base}/settings/account`}>
          <b className="vh">{accountLabel(me, slug)}</b>
          <span aria-hidden="true">{initials(me.name || me.username)}</span>
        </Link>
      </header>
      <main className={styles.main} id="main" tabIndex={-1}>
        <ConnectionBanner />
        <ClockBanner />
        <BuildBanner unattended={wall} />
        {!wall && <InvitationsBanner />}
        {children}
      </main>
      <nav className={styles.tabbar} aria-label={t`Main`}>
        {[overview, cameras, alerts, devices, more].map((entry) => (
          <RailLink key={entry.to} entry={entry} open={open} plain />
        ))}
      </nav>
      <AlertAnnouncer />
      <UnsavedGuard />
    </div>
  )
}

function RailLink({
  entry,
  open,
  plain = false,
  className = '',
}: {
  entry: Entry
  open: number
  plain?: boolean
  className?: string
}) {
  const { pathname } = useLocation()
  const within = entry.holds?.some((path) => matchPath({ path, end: false }, pathname) !== null) ?? false
  const active = within || matchPath({ path: entry.to, end: entry.end ?? false }, pathname) !== null
  return (
    <Link
      className={plain ? className : `${styles.nav} ${className}`}
      to={entry.to}
      aria-current={active ? 'page' : undefined}
    >
      <Icon name={entry.icon} />
      {entry.text}
      {entry.counts && open > 0 && (
        <>
          <span className={styles.count} aria-hidden="true">
            {open}
          </span>
          <span className="vh">{plural(open, { one: '# open alert', other: '# open alerts' })}</span>
        </>
      )}
    </Link>
  )
}

function ServerClock() {
  const now = useNow()
  const date = `${formatWeekday(now)} ${formatDate(now)}`
  return (
    <div className={styles.clock}>
      <b>{formatTime(now, true)}</b>
      <span>{t`${date} · server time`}</span>
    </div>
  )
}

function HeaderButtons() {
  const scheme = useComputedColorScheme('light')
  const { setColorScheme } = useMantineColorScheme()
  const navigate = useNavigate()
  const { slug } = useSite()
  const language = currentLanguage()
  const other = language === 'vi' ? 'en' : 'vi'

  useEffect(() => {
    const leave = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && new URLSearchParams(window.location.search).has('wall'))
        void navigate(`/s/${slug}`)
    }
    window.addEventListener('keydown', leave)
    return () => window.removeEventListener('keydown', leave)
  }, [navigate, slug])

  return (
    <>
      <button
        type="button"
        className={`icon-btn ${styles.opt}`}
        aria-label={t`Wall display`}
        onClick={() => void navigate(`/s/${slug}?wall`)}
      >
        <Icon name="wall" />
      </button>
      <button
        type="button"
        className={`icon-btn ${styles.opt}`}
        aria-label={scheme === 'dark' ? t`Switch to the light theme` : t`Switch to the dark theme`}
        onClick={() => setColorScheme(scheme === 'dark' ? 'light' : 'dark')}
      >
        <Icon name="moon" />
      </button>
      <button
        type="button"
        className={`icon-btn ${styles.opt}`}
        lang={other}
        aria-label={other === 'en' ? 'VI: switch to English' : 'EN: đổi sang tiếng Việt'}
        onClick={() => void chooseLanguage(other)}
      >
        {language.toUpperCase()}
      </button>
    </>
  )
}

function accountLabel(me: Me, slug: string): string {
  const name = me.name || me.username
  const role = me.sites.find((site) => site.slug === slug)?.role
  return role ? `${name}, ${roleWord(role)}` : name
}

function initials(name: string): string {
  const words = name.trim().split(/\s+/)
  const first = words[0]?.charAt(0) ?? ''
  const last = words.length > 1 ? (words.at(-1)?.charAt(0) ?? '') : (words[0]?.charAt(1) ?? '')
  return (first + last).toUpperCase()
}
