import { t } from '@lingui/core/macro'
import { lazy, Suspense, useState } from 'react'
import { useNavigate } from 'react-router'
import { Icon } from '@/components/Icon'
import { pagesOf } from '@/features/search/places'
import { SearchDialog } from '@/features/search/SearchDialog'
import { focusPage, focusWhenThere } from '@/lib/focus'
import { useShortcuts } from '@/lib/shortcuts'
import { useCan, useSite } from '@/lib/site'

// Not before somebody asks for them.
const ShortcutsHelp = lazy(() => import('./ShortcutsHelp'))

const NEWEST_ALERT = '#main [role="log"] a'

/** The button of the search, and the keys that lead to every page. */
export function Shortcuts({ className = '' }: { className?: string }) {
  const { slug } = useSite()
  const owner = useCan('owner')
  const navigate = useNavigate()
  const [shown, setShown] = useState<'search' | 'help' | null>(null)
  const close = () => setShown(null)
  const go = async (path: string) => {
    await navigate(`/s/${slug}${path}`)
    // The page is there after this turn.
    setTimeout(() => (path === '/alerts' ? focusWhenThere(NEWEST_ALERT) : focusPage()))
  }
  const search = () => setShown('search')
  useShortcuts({
    'mod+k': search,
    '/': search,
    '?': () => setShown('help'),
    ...Object.fromEntries(
      pagesOf(owner).flatMap(({ keys, path }) => (keys === undefined ? [] : [[keys, () => void go(path)]])),
    ),
  })
  return (
    <>
      <button
        type="button"
        className={`icon-btn ${className}`}
        aria-label={t`Search`}
        aria-keyshortcuts="Control+K"
        onClick={search}
      >
        <Icon name="find" />
      </button>
      {shown === 'search' && <SearchDialog onClose={close} />}
      <Suspense>{shown === 'help' && <ShortcutsHelp onClose={close} />}</Suspense>
    </>
  )
}

/** To the newest alert on the page, else to the page of alerts. */
export function SkipToAlerts() {
  const { slug } = useSite()
  const navigate = useNavigate()
  return (
    <a
      className="skip"
      href={`/s/${slug}/alerts`}
      onClick={(event) => {
        event.preventDefault()
        if (document.querySelector(NEWEST_ALERT) === null) void navigate(`/s/${slug}/alerts`)
        focusWhenThere(NEWEST_ALERT)
      }}
    >
      {t`Skip to alerts`}
    </a>
  )
}
