import { t } from '@lingui/core/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { SecretOnce } from '@/components/SecretOnce'
import { api, body } from '@/lib/api/client'
import { sentenceOf } from '@/lib/api/sentences'
import type { Device } from '@/lib/api/types'
import { keys } from '@/lib/queries'
import { useSite } from '@/lib/site'
import { useUnsaved } from '@/lib/unsaved'

import classes from './DeviceDetail.module.css'
import { mqttAddress } from './snippets'
import { useEndpoint } from './useEndpoint'

type Wish = 'rotate' | 'revoke'

/** A new password, or none at all; each asks once more in the same place. */
export function CredentialPanel({ device }: { device: Device }) {
  const { slug } = useSite()
  const client = useQueryClient()
  const endpoint = useEndpoint()
  const [wish, setWish] = useState<Wish | null>(null)
  const [kept, setKept] = useState<string | null>(null)
  const path = { device_id: device.id }

  const act = useMutation({
    mutationFn: async (wanted: Wish): Promise<string | null> => {
      const params = { params: { path } }
      if (wanted === 'rotate')
        return (await body(api.POST('/api/v1/devices/{device_id}/credentials', params))).secret
      await api.DELETE('/api/v1/devices/{device_id}/credentials', params)
      return null
    },
    onSuccess: async () => {
      setWish(null)
      await client.invalidateQueries({ queryKey: keys.devices(slug) })
    },
  })

  const secret = act.data && act.data !== kept ? act.data : null
  useUnsaved(secret !== null, 'secret')

  return (
    <section className="panel">
      <header>
        <h2>{t`Password`}</h2>
      </header>
      <div className={`body ${classes.actions}`}>
        {secret !== null && (
          <>
            <SecretOnce
              rows={[
                { label: t`MQTT server`, value: mqttAddress(endpoint) },
                { label: t`User name`, value: device.id },
              ]}
              secret={secret}
            />
            <button type="button" className="btn" onClick={() => setKept(secret)}>
              {t`I have kept it`}
            </button>
          </>
        )}
        {act.isSuccess && act.variables === 'revoke' && (
          <p role="status">{t`Revoked. The device was disconnected at once and cannot come back.`}</p>
        )}
        {act.error && <p role="alert">{sentenceOf(act.error)}</p>}
        {wish ? (
          <div role="alert" className={classes.actions}>
            <p>{warningOf(wish)}</p>
            <div className="row wrap">
              <button type="button" className="btn" onClick={() => setWish(null)}>{t`Cancel`}</button>
              <button
                type="button"
                className="btn primary"
                disabled={act.isPending}
                onClick={() => act.mutate(wish)}
              >
                {confirmOf(wish)}
              </button>
            </div>
          </div>
        ) : (
          <div className="row wrap">
            <button
              type="button"
              className="btn"
              onClick={() => setWish('rotate')}
            >{t`Issue a new password`}</button>
            <button type="button" className="btn" onClick={() => setWish('revoke')}>{t`Revoke`}</button>
          </div>
        )}
      </div>
    </section>
  )
}

function warningOf(wish: Wish): string {
  switch (wish) {
    case 'rotate':
      return t`The device is disconnected at once and can only come back with the new password.`
    case 'revoke':
      return t`The device is disconnected at once, until you issue a new password.`
  }
}

function confirmOf(wish: Wish): string {
  switch (wish) {
    case 'rotate':
      return t`Issue a new password`
    case 'revoke':
      return t`Revoke`
  }
}
