import { t } from '@lingui/core/macro'
import { Modal } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'

import { dialogParts } from '@/components/dialogParts'
import { ConflictNote, FormEnd } from '@/components/EditParts'
import { useAskBeforeClose } from '@/components/LeaveQuestion'
import { api, body } from '@/lib/api/client'
import { Problem } from '@/lib/api/problem'
import { fieldSentence, sentenceOf } from '@/lib/api/sentences'
import type { Camera } from '@/lib/api/types'
import { useEdit } from '@/lib/edit'
import { keys } from '@/lib/queries'
import { useSite } from '@/lib/site'

import { changeOf, differencesOf, draftOf, idOf, type CameraDraft } from './cameraDraft'
import { CameraFields } from './CameraFields'
import { sourceSentence } from './sourceSentence'

interface Props {
  /** Absent: add one. */
  camera?: Camera
  onClose: (added?: string) => void
}

/** Where the picture comes from; the password goes to the server and never comes back. */
export function CameraDialog({ camera, onClose }: Props) {
  const [saved, setSaved] = useState(() => draftOf(camera))
  const [draft, setDraft] = useState(saved)
  const save = useCameraEdit(camera, onClose)
  const dirty = JSON.stringify(draft) !== JSON.stringify(saved)
  const { close, asking, stay } = useAskBeforeClose(dirty && !save.pending, () => onClose())
  const theirs = save.theirs && draftOf(save.theirs)
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    save.save(draft)
  }
  const takeTheirs = (draft: CameraDraft) => {
    setSaved(draft)
    setDraft(draft)
    save.forget()
  }
  return (
    <Modal
      opened
      onClose={close}
      title={camera ? t`Edit camera` : t`Add camera`}
      size={520}
      {...dialogParts()}
    >
      <form onSubmit={submit} style={{ display: 'grid', gap: 12 }}>
        {save.error && !standsAtField(save.error) && <p role="alert">{sentenceOf(save.error)}</p>}
        <CameraFields
          draft={draft}
          isNew={!camera}
          hasPassword={camera?.source.has_password ?? false}
          error={save.error}
          onChange={setDraft}
        />
        {theirs && save.theirs && camera && (
          <ConflictNote
            kind="camera"
            row={{ id: camera.id, version: save.theirs.version }}
            differences={differencesOf(theirs, draft)}
            onTakeTheirs={() => takeTheirs(theirs)}
            onKeepMine={() => save.keepMine(draft)}
          />
        )}
        <FormEnd
          asking={asking}
          savable={!save.pending}
          save={camera ? t`Save` : t`Add camera`}
          onStay={stay}
          onClose={close}
          onLeave={() => onClose()}
        />
      </form>
    </Modal>
  )
}

/** Adds a camera, or edits this one without overwriting another person's edit. */
function useCameraEdit(camera: Camera | undefined, onSaved: (id: string) => void) {
  const { slug } = useSite()
  const client = useQueryClient()
  const path = { camera_id: camera?.id ?? '' }
  return useEdit<Partial<Camera>, CameraDraft>({
    row: camera ?? {},
    write: (draft, tag) => {
      const change = changeOf(draft, camera !== undefined && draft.password === '')
      if (!camera) return api.POST('/api/v1/cameras', { body: { site: slug, id: idOf(draft), ...change } })
      const headers = { 'If-Match': tag }
      return api.PATCH('/api/v1/cameras/{camera_id}', { params: { path }, headers, body: change })
    },
    reread: () => body(api.GET('/api/v1/cameras/{camera_id}', { params: { path } })),
    onSaved: async (draft) => {
      await client.invalidateQueries({ queryKey: keys.cameras(slug) })
      onSaved(camera?.id ?? idOf(draft))
    },
  })
}

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

function standsAtField(error: Error): boolean {
  const isOfSource = error instanceof Problem && sourceSentence(error) !== null
  return isOfSource || fieldSentence(error, ...FIELDS) !== undefined
}
