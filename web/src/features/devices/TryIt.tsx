import { t } from '@lingui/core/macro'
import { useState } from 'react'

import { CopyButton } from '@/components/CopyButton'

import classes from './AddDeviceDialog.module.css'
import { curlLine, mosquittoLine, type Endpoint } from './snippets'

/** Lines that send a reading from any computer. */
export function TryIt({ id, secret, endpoint }: { id: string; secret: string; endpoint: Endpoint }) {
  const [by, setBy] = useState<'mqtt' | 'http'>('mqtt')
  const line = by === 'mqtt' ? mosquittoLine(id, secret, endpoint) : curlLine(id, secret, endpoint)
  return (
    <section aria-label={t`Try it from your computer`}>
      <div className={`between ${classes.tryhead}`}>
        <h3>{t`Try it from your computer`}</h3>
        <div className="seg" role="group" aria-label={t`Sent by`}>
          <button type="button" aria-pressed={by === 'mqtt'} onClick={() => setBy('mqtt')}>
            MQTT
          </button>
          <button type="button" aria-pressed={by === 'http'} onClick={() => setBy('http')}>
            HTTP
          </button>
        </div>
      </div>
      <div className={classes.code}>
        <pre>
          <code>{line}</code>
        </pre>
        <CopyButton value={line} />
      </div>
    </section>
  )
}
