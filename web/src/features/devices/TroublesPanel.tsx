import { t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'

import { api, body } from '@/lib/api/client'
import type { Device } from '@/lib/api/types'
import { formatDateTime } from '@/lib/i18n'

import classes from './DeviceDetail.module.css'
import { saidWords } from './saidWords'
import { troubleWords } from './words'

const REFRESH_MS = 10_000

/** What went wrong lately beside refused readings, and what to do; nothing where all is well. */
export function TroublesPanel({ device }: { device: Device }) {
  const { data } = useQuery({
    queryKey: ['device', device.id, 'troubles'],
    queryFn: () =>
      body(api.GET('/api/v1/devices/{device_id}', { params: { path: { device_id: device.id } } })),
    refetchInterval: REFRESH_MS,
  })
  const troubles = data?.troubles ?? []
  if (troubles.length === 0) return null
  return (
    <section className="panel">
      <header>
        <h2>{t`Recent troubles`}</h2>
      </header>
      <ul>
        {troubles.map(({ at_ms, code, detail, said }) => {
          const { what, todo } = troubleWords(code)
          const words = saidWords(said, detail)
          return (
            <li key={`${code} ${detail}`} className={classes.entry}>
              <div className="row wrap">
                <b className="grow">{what}</b>
                <span className="small muted num">{formatDateTime(at_ms, true)}</span>
              </div>
              {words && <p className="small soft">{words}</p>}
              <p className="small">{todo}</p>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
