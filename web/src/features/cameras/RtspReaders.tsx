import { t } from '@lingui/core/macro'
import { TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'

import { ConfirmButton } from '@/components/ConfirmButton'
import { ErrorState } from '@/components/ErrorState'
import { OnceBox } from '@/components/OnceBox'
import { RowsSkeleton } from '@/components/Skeletons'
import { api, body } from '@/lib/api/client'
import { sentenceOf } from '@/lib/api/sentences'
import type { Camera, RtspToken } from '@/lib/api/types'
import { formatDate, formatDateTime } from '@/lib/i18n'
import { keys, useMe, useServer } from '@/lib/queries'

import classes from './CameraSide.module.css'
import { rtspPlace, rtspUrl, type RtspPlace } from './rtsp'

/** The tokens by which VLC, OBS and recorders read this camera. */
export function RtspReaders({ camera }: { camera: Camera }) {
  const server = useServer()
  const place = rtspPlace(server.data, window.location.hostname)
  return (
    <>
      <h3>{t`VLC, OBS and recorders`}</h3>
      {server.isPending && <RowsSkeleton count={1} />}
      {server.error && <ErrorState error={server.error} onRetry={() => void server.refetch()} />}
      {server.data &&
        (place ? (
          <Readers camera={camera} place={place} />
        ) : (
          <p className="small muted">{t`Programs read cameras by RTSP where the server runs with a MediaMTX of its own: belvedere up --media-server mediamtx.`}</p>
        ))}
    </>
  )
}

function Readers({ camera, place }: { camera: Camera; place: RtspPlace }) {
  const path = { camera_id: camera.id }
  const tokens = useQuery({
    queryKey: keys.rtspTokens(camera.id),
    queryFn: () => body(api.GET('/api/v1/cameras/{camera_id}/rtsp-tokens', { params: { path } })),
  })
  return (
    <>
      {place.onlyHere && (
        <p className="small muted">{t`RTSP is open on this server only. Start it with --mediamtx-rtsp 0.0.0.0:8554 for programs on other machines.`}</p>
      )}
      {tokens.isPending && <RowsSkeleton count={1} />}
      {tokens.error && <ErrorState error={tokens.error} onRetry={() => void tokens.refetch()} />}
      {tokens.data && tokens.data.length > 0 && (
        <ul className={classes.readers} aria-label={t`RTSP tokens`}>
          {tokens.data.map((token) => (
            <Reader key={token.id} camera={camera.id} token={token} />
          ))}
        </ul>
      )}
      <NewReader camera={camera.id} place={place} />
    </>
  )
}

function Reader({ camera, token }: { camera: string; token: RtspToken }) {
  const queries = useQueryClient()
  const me = useMe().data
  const { name, person } = token
  const made = formatDate(Date.parse(token.created_at))
  const used = token.last_used_at === null ? null : formatDateTime(Date.parse(token.last_used_at))
  const notes = [
    ...(person === me?.username ? [] : [person]),
    t`made ${made}`,
    used === null ? t`never used` : t`last used ${used}`,
  ]
  const revoke = useMutation({
    mutationFn: () =>
      api.DELETE('/api/v1/cameras/{camera_id}/rtsp-tokens/{rtsp_token_id}', {
        params: { path: { camera_id: camera, rtsp_token_id: token.id } },
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.rtspTokens(camera) }),
  })
  return (
    <li>
      <span>
        <b>{name}</b>
        <span className="small muted">{notes.join(' · ')}</span>
        {revoke.error && (
          <span className="small" role="alert">
            {sentenceOf(revoke.error)}
          </span>
        )}
      </span>
      <ConfirmButton
        text={t`Revoke`}
        label={t`Revoke ${name}`}
        question={t`What reads with it loses the picture within 5 s.`}
        pending={revoke.isPending}
        onConfirm={() => revoke.mutate()}
      />
    </li>
  )
}

function NewReader({ camera, place }: { camera: string; place: RtspPlace }) {
  const queries = useQueryClient()
  const [name, setName] = useState('')
  const create = useMutation({
    mutationFn: () =>
      body(
        api.POST('/api/v1/cameras/{camera_id}/rtsp-tokens', {
          params: { path: { camera_id: camera } },
          body: { name: name.trim() },
        }),
      ),
    onSuccess: async () => {
      setName('')
      await queries.invalidateQueries({ queryKey: keys.rtspTokens(camera) })
    },
  })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (name.trim() !== '') create.mutate()
  }
  return (
    <>
      <form className={classes.newReader} onSubmit={submit}>
        <TextInput
          label={t`Program`}
          placeholder={t`VLC in the office`}
          value={name}
          maxLength={120}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <button type="submit" className="btn" disabled={name.trim() === '' || create.isPending}>
          {t`Make an address`}
        </button>
      </form>
      {create.error && <p role="alert">{sentenceOf(create.error)}</p>}
      {create.data && (
        <OnceBox
          value={rtspUrl(place, camera, create.data.token)}
          note={t`Open this address in the program. It shows this camera to whoever has it, and is shown only once; it crosses the network without encryption.`}
        />
      )}
    </>
  )
}
