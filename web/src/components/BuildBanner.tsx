import { t } from '@lingui/core/macro'
import { useEffect, useRef, useSyncExternalStore } from 'react'
import { isNewerBuild, lookForBuild, reload, subscribeBuild } from '@/lib/build'
import { useConnection, useSocketState } from '@/lib/live'
import { Icon } from './Icon'
import styles from './ConnectionBanner.module.css'

/** Says that the server has a newer build of the page. Looks for one whenever the line is back, since an upgrade cuts it. */
export function BuildBanner({ unattended }: { unattended: boolean }) {
  const newer = useSyncExternalStore(subscribeBuild, isNewerBuild)
  const { status } = useSocketState()
  const { kind } = useConnection()
  const cut = useRef(false)
  useEffect(() => {
    if (status === 'down' || kind === 'offline' || kind === 'reconnecting') cut.current = true
    else if (cut.current && status === 'live' && kind !== 'denied') {
      cut.current = false
      void lookForBuild(unattended)
    }
  }, [status, kind, unattended])
  if (!newer) return null
  return (
    <div className={styles.banner}>
      <Icon name="poll" />
      <span role="status">{t`There is a new version.`}</span>
      <button type="button" className="btn" onClick={reload}>
        {t`Reload`}
      </button>
    </div>
  )
}
