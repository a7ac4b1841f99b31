import { t } from '@lingui/core/macro'
import { useState } from 'react'

import { CopyButton } from '@/components/CopyButton'

import classes from './AddDeviceDialog.module.css'
import { fillSnippet, SNIPPET_TITLES, SNIPPETS, type Endpoint, type SnippetName } from './snippets'

interface Props {
  id: string
  secret: string
  host: string
  endpoint: Endpoint
}

/** Code that sends a reading, for a computer and for the usual boards. */
export function TryIt({ id, secret, host, endpoint }: Props) {
  const [by, setBy] = useState<SnippetName>('mosquitto')
  const code = fillSnippet(by, id, secret, host, endpoint)
  return (
    <section aria-label={t`Code to send a reading`}>
      <div className={`between ${classes.tryhead}`}>
        <h3>{t`Code to send a reading`}</h3>
        <div className={`seg ${classes.kinds}`} role="group" aria-label={t`Sent by`}>
          {(Object.keys(SNIPPETS) as SnippetName[]).map((name) => (
            <button key={name} type="button" aria-pressed={by === name} onClick={() => setBy(name)}>
              {SNIPPET_TITLES[name]}
            </button>
          ))}
        </div>
      </div>
      <div className={classes.code}>
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- long lines scroll by the keyboard too */}
        <pre tabIndex={0} aria-label={SNIPPET_TITLES[by]}>
          <code>{code}</code>
        </pre>
        <CopyButton value={code} />
      </div>
      {by === 'tasmota' && (
        <p className="small muted">{t`For the console of Tasmota; AM2301 is the name of your sensor there.`}</p>
      )}
    </section>
  )
}
