import { t } from '@lingui/core/macro'
import { Modal, PasswordInput, Select, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'

import { dialogParts } from '@/components/dialogParts'
import { LeaveQuestion, useAskBeforeClose } from '@/components/LeaveQuestion'
import { api, body } from '@/lib/api/client'
import { Problem } from '@/lib/api/problem'
import { fieldSentence, sentenceOf } from '@/lib/api/sentences'
import type { Camera } from '@/lib/api/types'
import { keys, useSiteDetail } from '@/lib/queries'
import { useSite } from '@/lib/site'
import { slugOf } from '@/lib/slug'

import { subUrlOf } from './subUrl'

/** Why an address is refused, by the stable code of the server's rules. */
function sourceSentence({ code, parameters }: Problem): string | null {
  switch (code) {
    case 'bad_character': {
      const character = String(parameters.character)
      const escape = `%${character.charCodeAt(0).toString(16).toUpperCase()}`
      return character === ' '
        ? t`The address contains a space: write it as ${escape}.`
        : t`The address contains the character ${character}: write it as ${escape}.`
    }
    case 'bad_scheme':
      return t`The address must start with rtsp:// or rtsps://.`
    case 'bad_url':
      return t`The address is unclear: check the host, and write @ : / in the password as %40 %3A %2F.`
    case 'bad_port':
      return t`The port must be a number from 1 to 65535.`
    case 'control_character':
      return t`The address contains a line break or a control character.`
    case 'dollar_sign':
      return t`Write $ in the address as %24.`
    case 'too_long':
      return t`The address is longer than 2,048 characters.`
    case 'forbidden_address':
      return t`This address leads to the server itself or a special network. An administrator can allow it with BELVEDERE_CAMERA_ALLOW.`
    case 'own_address':
      return t`This is this server's own video address.`
    case 'other_server':
      return t`The sub stream must be on the same server as the main stream: the same host and port, and rtsp:// or rtsps:// as there.`
    case 'masked_credential':
      return t`Write the log-in in the address again: *** stands only for what is stored for the same server.`
    default:
      return null
  }
}

interface Props {
  /** Absent: add one. */
  camera?: Camera
  onClose: (added?: string) => void
}

const USUAL_ENDS = 'Hikvision …/102 · Dahua …subtype=1 · Reolink …/h264Preview_01_sub · TP-Link …/stream2'

/** Fields that say themselves what is wrong with them. */
const FIELDS = [
  'source.sub_url',
  'source.url',
  'url',
  'source',
  'name',
  'id',
  'source.username',
  'source.password',
]

/** Where the picture comes from; the password goes to the server and never comes back. */
export function CameraDialog({ camera, onClose }: Props) {
  const { slug } = useSite()
  const client = useQueryClient()
  const { data: site } = useSiteDetail(slug)
  const [name, setName] = useState(camera?.name ?? '')
  const [url, setUrl] = useState(camera?.source.url ?? '')
  const [subUrl, setSubUrl] = useState(camera?.source.sub_url ?? '')
  const [username, setUsername] = useState(camera?.source.username ?? '')
  const [password, setPassword] = useState('')
  const [zone, setZone] = useState<string | null>(zoneName(camera))

  const save = useMutation({
    mutationFn: () => {
      const source = {
        url: url.trim(),
        sub_url: subUrl.trim(),
        username,
        ...(password || !camera ? { password } : {}),
      }
      const common = { name: name.trim(), zone, source }
      if (camera)
        return body(
          api.PATCH('/api/v1/cameras/{camera_id}', {
            params: { path: { camera_id: camera.id } },
            body: common,
          }),
        )
      return body(api.POST('/api/v1/cameras', { body: { site: slug, id: slugOf(name), ...common } }))
    },
    onSuccess: async (saved) => {
      await client.invalidateQueries({ queryKey: keys.cameras(slug) })
      onClose(saved.id)
    },
  })
  const dirty =
    name !== (camera?.name ?? '') ||
    url !== (camera?.source.url ?? '') ||
    subUrl !== (camera?.source.sub_url ?? '') ||
    username !== (camera?.source.username ?? '') ||
    password !== '' ||
    zone !== zoneName(camera)
  const { close, asking, stay } = useAskBeforeClose(dirty && save.isIdle, () => onClose())
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    save.mutate()
  }
  const sourceError = save.error instanceof Problem ? sourceSentence(save.error) : null
  const wrong = (...fields: string[]) => fieldSentence(save.error, ...fields)
  const subWrong = wrong('source.sub_url')
  const urlError = subWrong ? undefined : (sourceError ?? wrong('source.url', 'url', 'source'))
  const suggestion = subUrl.trim() ? null : subUrlOf(url)

  return (
    <Modal
      opened
      onClose={close}
      title={camera ? t`Edit camera` : t`Add camera`}
      size={520}
      {...dialogParts()}
    >
      <form onSubmit={submit} style={{ display: 'grid', gap: 12 }}>
        {save.error && !wrong(...FIELDS) && !sourceError && <p role="alert">{sentenceOf(save.error)}</p>}
        <TextInput
          label={t`Name`}
          placeholder={t`Farm gate`}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={wrong('name', 'id')}
          required
          data-autofocus
        />
        <TextInput
          label={t`RTSP address`}
          description={t`Usually on the camera's settings page. User name and password may be pasted with it.`}
          placeholder="rtsp://192.168.1.64:554/stream1"
          value={url}
          onChange={(event) => setUrl(event.currentTarget.value)}
          error={urlError}
          inputMode="url"
          autoComplete="off"
          spellCheck={false}
          required
        />
        <TextInput
          label={t`Sub stream address (optional)`}
          description={t`A smaller picture of the same camera, for small tiles: less work for the network and this device. The whole picture is shown when the camera is enlarged.`}
          placeholder="rtsp://192.168.1.64:554/stream2"
          value={subUrl}
          onChange={(event) => setSubUrl(event.currentTarget.value)}
          error={subWrong && (sourceError ?? subWrong)}
          inputMode="url"
          autoComplete="off"
          spellCheck={false}
        />
        {suggestion ? (
          <div className="row">
            <button type="button" className="btn" onClick={() => setSubUrl(suggestion)}>
              {t`Fill in the usual sub stream address`}
            </button>
          </div>
        ) : (
          !subUrl.trim() && <p className="small muted">{t`Usual ends of the address: ${USUAL_ENDS}`}</p>
        )}
        <TextInput
          label={t`Camera user name`}
          value={username}
          onChange={(event) => setUsername(event.currentTarget.value)}
          autoComplete="off"
          error={wrong('source.username')}
        />
        <PasswordInput
          label={t`Camera password`}
          description={camera?.source.has_password ? t`Leave empty to keep the present password.` : undefined}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          autoComplete="new-password"
          visibilityToggleButtonProps={{ 'aria-label': t`Show password`, tabIndex: 0 }}
          error={wrong('source.password')}
        />
        <Select
          label={t`Place`}
          data={(site?.zones ?? []).map((each) => each.name)}
          value={zone}
          onChange={setZone}
          clearable
        />
        {asking ? (
          <LeaveQuestion
            text={t`There are changes that are not saved.`}
            leave={t`Discard changes`}
            onStay={stay}
            onLeave={() => onClose()}
          />
        ) : (
          <div className="row" style={{ justifyContent: 'flex-end' }}>
            <button type="button" className="btn" onClick={close}>{t`Cancel`}</button>
            <button type="submit" className="btn primary" disabled={save.isPending}>
              {camera ? t`Save` : t`Add camera`}
            </button>
          </div>
        )}
      </form>
    </Modal>
  )
}

function zoneName(camera: Camera | undefined): string | null {
  const zone = camera?.zone ?? null
  return zone === null || typeof zone === 'string' ? zone : zone.name
}
