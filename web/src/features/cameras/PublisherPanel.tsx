import { t } from '@lingui/core/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'

import { ConfirmButton } from '@/components/ConfirmButton'
import { SecretOnce } from '@/components/SecretOnce'
import { api, body } from '@/lib/api/client'
import { sentenceOf } from '@/lib/api/sentences'
import type { Camera } from '@/lib/api/types'
import { keys, useServer } from '@/lib/queries'
import { useSite } from '@/lib/site'

import { rtspPlace } from './rtsp'

/** Where a camera publishes its picture, and the password with which it does. */
export function PublisherPanel({ camera }: { camera: Camera }) {
  const { slug } = useSite()
  const queries = useQueryClient()
  const place = rtspPlace(useServer().data, window.location.hostname)
  const path = { camera_id: camera.id }
  const onSuccess = () => queries.invalidateQueries({ queryKey: keys.cameras(slug) })
  const renew = useMutation({
    mutationFn: () => body(api.POST('/api/v1/cameras/{camera_id}/publisher', { params: { path } })),
    onSuccess,
  })
  const revoke = useMutation({
    mutationFn: () => api.DELETE('/api/v1/cameras/{camera_id}/publisher', { params: { path } }),
    onSuccess: () => {
      renew.reset()
      return onSuccess()
    },
  })
  const whip = `${window.location.origin}/media/${camera.id}/whip`
  const rows = [
    ...(place
      ? [{ label: t`RTSP address`, value: `rtsp://${place.host}:${String(place.port)}/${camera.id}` }]
      : []),
    { label: t`RTSP user name`, value: camera.id },
    { label: t`WHIP address (OBS)`, value: whip },
  ]
  const has = camera.source.has_password
  const error = renew.error ?? revoke.error
  return (
    <>
      <h3>{t`How it publishes`}</h3>
      <p className="small muted">{t`By RTSP with user name and password, or by WHIP with the password as bearer token. H.264 without B-frames is shown everywhere.`}</p>
      {renew.data ? (
        <SecretOnce rows={rows} secret={renew.data.secret} />
      ) : (
        <dl className="kv small">
          {rows.map(({ label, value }) => (
            <div key={label} style={{ display: 'contents' }}>
              <dt>{label}</dt>
              <dd style={{ overflowWrap: 'anywhere' }}>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      <div className="row wrap">
        {has ? (
          <>
            <ConfirmButton
              text={t`New password`}
              question={t`Who publishes with the present one is cut off within 5 s.`}
              pending={renew.isPending}
              onConfirm={() => renew.mutate()}
            />
            <ConfirmButton
              text={t`End the password`}
              question={t`Nobody can publish this camera until there is a new one.`}
              pending={revoke.isPending}
              onConfirm={() => revoke.mutate()}
            />
          </>
        ) : (
          <button
            type="button"
            className="btn primary"
            disabled={renew.isPending}
            onClick={() => renew.mutate()}
          >
            {t`Make a password`}
          </button>
        )}
      </div>
      {error && <p role="alert">{sentenceOf(error)}</p>}
    </>
  )
}
