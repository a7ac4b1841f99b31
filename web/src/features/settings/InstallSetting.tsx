import { t } from '@lingui/core/macro'
import { useSyncExternalStore } from 'react'
import { install, installState, subscribeInstall, type InstallState } from '@/lib/install'
import { Setting } from './Setting'

function noteOf(state: InstallState): string {
  switch (state) {
    case 'installed':
      return t`Installed. It opens without the server too, with the last values, marked as old.`
    case 'offered':
      return t`In a window of its own. It opens without the server too, with the last values, marked as old.`
    case 'menu':
      return t`By the browser's menu: Install, or Add to home screen. It opens without the server too, with the last values, marked as old.`
    case 'insecure':
      return t`Needs https or localhost; browsers refuse it at this address.`
    case 'refused':
      return t`The browser refuses: it has to trust the server's certificate, and may not be in a private window.`
    case 'unsupported':
      return t`This browser cannot install pages.`
  }
}

/** Whether the page can be installed as an application here, and if not, why. */
export function InstallSetting() {
  const state = useSyncExternalStore(subscribeInstall, installState)
  return (
    <Setting name={t`Install as an application`} note={noteOf(state)}>
      {state === 'offered' && (
        <button type="button" className="btn" onClick={() => void install()}>
          {t`Install`}
        </button>
      )}
    </Setting>
  )
}
