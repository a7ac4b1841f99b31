import { t } from '@lingui/core/macro'
import { Modal, PasswordInput, Select, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'

import { dialogParts } from '@/components/dialogParts'
import { ConflictNote, type Difference } from '@/components/EditParts'
import { LeaveQuestion, useAskBeforeClose } from '@/components/LeaveQuestion'
import { api, body } from '@/lib/api/client'
import { Problem } from '@/lib/api/problem'
import { fieldSentence, sentenceOf } from '@/lib/api/sentences'
import type { Camera } from '@/lib/api/types'
import { useEdit } from '@/lib/edit'
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
  const [saved, setSaved] = useState(() => draftOf(camera))
  const [draft, setDraft] = useState(saved)
  const change = (part: Partial<Draft>) => setDraft({ ...draft, ...part })
  const path = { camera_id: camera?.id ?? '' }
  const save = useEdit<Partial<Camera>, Draft>({
    row: camera ?? {},
    write: (given, tag) => {
      const source = {
        url: given.url.trim(),
        sub_url: given.subUrl.trim(),
        username: given.username,
        ...(given.password || !camera ? { password: given.password } : {}),
      }
      const common = { name: given.name.trim(), zone: given.zone, source }
      if (!camera)
        return api.POST('/api/v1/cameras', { body: { site: slug, id: slugOf(given.name), ...common } })
      const headers = { 'If-Match': tag }
      return api.PATCH('/api/v1/cameras/{camera_id}', { params: { path }, headers, body: common })
    },
    reread: () => body(api.GET('/api/v1/cameras/{camera_id}', { params: { path } })),
    onSaved: async (given) => {
      await client.invalidateQueries({ queryKey: keys.cameras(slug) })
      onClose(camera?.id ?? slugOf(given.name))
    },
  })
  const dirty = JSON.stringify(draft) !== JSON.stringify(saved)
  const { close, asking, stay } = useAskBeforeClose(dirty && !save.pending, () => onClose())
  const theirs = save.theirs && draftOf(save.theirs)
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    save.save(draft)
  }
  const sourceError = save.error instanceof Problem ? sourceSentence(save.error) : null
  const wrong = (...fields: string[]) => fieldSentence(save.error, ...fields)
  const subWrong = wrong('source.sub_url')
  const urlError = subWrong ? undefined : (sourceError ?? wrong('source.url', 'url', 'source'))
  const suggestion = draft.subUrl.trim() ? null : subUrlOf(draft.url)

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
          value={draft.name}
          onChange={(event) => change({ name: event.currentTarget.value })}
          error={wrong('name', 'id')}
          required
          data-autofocus
        />
        <TextInput
          label={t`RTSP address`}
          description={t`Usually on the camera's settings page. User name and password may be pasted with it.`}
          placeholder="rtsp://192.168.1.64:554/stream1"
          value={draft.url}
          onChange={(event) => change({ url: event.currentTarget.value })}
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
          value={draft.subUrl}
          onChange={(event) => change({ subUrl: event.currentTarget.value })}
          error={subWrong && (sourceError ?? subWrong)}
          inputMode="url"
          autoComplete="off"
          spellCheck={false}
        />
        {suggestion ? (
          <div className="row">
            <button type="button" className="btn" onClick={() => change({ subUrl: suggestion })}>
              {t`Fill in the usual sub stream address`}
            </button>
          </div>
        ) : (
          !draft.subUrl.trim() && <p className="small muted">{t`Usual ends of the address: ${USUAL_ENDS}`}</p>
        )}
        <TextInput
          label={t`Camera user name`}
          value={draft.username}
          onChange={(event) => change({ username: event.currentTarget.value })}
          autoComplete="off"
          error={wrong('source.username')}
        />
        <PasswordInput
          label={t`Camera password`}
          description={camera?.source.has_password ? t`Leave empty to keep the present password.` : undefined}
          value={draft.password}
          onChange={(event) => change({ password: event.currentTarget.value })}
          autoComplete="new-password"
          visibilityToggleButtonProps={{ 'aria-label': t`Show password`, tabIndex: 0 }}
          error={wrong('source.password')}
        />
        <Select
          label={t`Place`}
          data={(site?.zones ?? []).map((each) => each.name)}
          value={draft.zone}
          onChange={(zone) => change({ zone })}
          clearable
        />
        {theirs && save.theirs && camera && (
          <ConflictNote
            kind="camera"
            row={{ id: camera.id, version: save.theirs.version }}
            differences={differencesOf(theirs, draft)}
            onTakeTheirs={() => {
              setSaved(theirs)
              setDraft(theirs)
              save.forget()
            }}
            onKeepMine={() => save.keepMine(draft)}
          />
        )}
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
            <button type="submit" className="btn primary" disabled={save.pending}>
              {camera ? t`Save` : t`Add camera`}
            </button>
          </div>
        )}
      </form>
    </Modal>
  )
}

interface Draft {
  name: string
  url: string
  subUrl: string
  username: string
  /** '' keeps the present one. */
  password: string
  zone: string | null
}

function draftOf(camera: Partial<Camera> = {}): Draft {
  const { name = '', source, zone = null } = camera
  return {
    name,
    url: source?.url ?? '',
    subUrl: source?.sub_url ?? '',
    username: source?.username ?? '',
    password: '',
    zone: zone === null || typeof zone === 'string' ? zone : zone.name,
  }
}

function differencesOf(theirs: Draft, mine: Draft): Difference[] {
  const rows = [
    { field: t`Name`, theirs: theirs.name, mine: mine.name },
    { field: t`RTSP address`, theirs: theirs.url, mine: mine.url },
    { field: t`Sub stream address (optional)`, theirs: theirs.subUrl, mine: mine.subUrl },
    { field: t`Camera user name`, theirs: theirs.username, mine: mine.username },
    { field: t`Place`, theirs: theirs.zone ?? t`not placed`, mine: mine.zone ?? t`not placed` },
  ]
  return rows.filter((row) => row.theirs !== row.mine)
}
