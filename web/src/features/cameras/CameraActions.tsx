import { t } from '@lingui/core/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate } from 'react-router'

import { api, body } from '@/lib/api/client'
import { sentenceOf } from '@/lib/api/sentences'
import type { Camera } from '@/lib/api/types'
import { keys } from '@/lib/queries'
import { useSite } from '@/lib/site'

import { CameraDialog } from './CameraDialog'

/** Edit, switch off, remove: the owner's. Removing asks once more in the same place. */
export function CameraActions({ camera }: { camera: Camera }) {
  const { slug } = useSite()
  const client = useQueryClient()
  const navigate = useNavigate()
  const [editing, setEditing] = useState(false)
  const [asking, setAsking] = useState(false)
  const path = { camera_id: camera.id }
  const changed = () => client.invalidateQueries({ queryKey: keys.cameras(slug) })

  const enable = useMutation({
    mutationFn: (enabled: boolean) =>
      body(api.PATCH('/api/v1/cameras/{camera_id}', { params: { path }, body: { enabled } })),
    onSuccess: changed,
  })
  const remove = useMutation({
    mutationFn: () => api.DELETE('/api/v1/cameras/{camera_id}', { params: { path } }),
    onSuccess: async () => {
      await changed()
      await navigate(`/s/${slug}/cameras`)
    },
  })
  const error = enable.error ?? remove.error
  const name = camera.name

  return (
    <>
      {asking ? (
        <div className="row wrap">
          <span className="grow">{t`Delete ${name}? Its old alerts stay.`}</span>
          <button type="button" className="btn" onClick={() => setAsking(false)}>{t`Keep`}</button>
          <button
            type="button"
            className="btn primary"
            disabled={remove.isPending}
            onClick={() => remove.mutate()}
          >
            {t`Delete`}
          </button>
        </div>
      ) : (
        <div className="row wrap">
          <button type="button" className="btn" onClick={() => setEditing(true)}>{t`Edit`}</button>
          <button
            type="button"
            className="btn"
            disabled={enable.isPending}
            onClick={() => enable.mutate(!camera.enabled)}
          >
            {camera.enabled ? t`Switch off` : t`Switch on`}
          </button>
          <button type="button" className="btn quiet" onClick={() => setAsking(true)}>{t`Delete`}</button>
        </div>
      )}
      {error && <p role="alert">{sentenceOf(error)}</p>}
      {editing && <CameraDialog camera={camera} onClose={() => setEditing(false)} />}
    </>
  )
}
