import { t } from '@lingui/core/macro'
import { Autocomplete, Modal, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'

import { dialogParts } from '@/components/dialogParts'
import { useAskBeforeClose } from '@/components/LeaveQuestion'
import { api, body } from '@/lib/api/client'
import type { Device } from '@/lib/api/types'
import { keys, useSiteDetail } from '@/lib/queries'
import { useSite } from '@/lib/site'

import { useEdit } from '@/lib/edit'
import classes from '@/components/EditParts.module.css'
import { ConflictNote, Failure, FormEnd, type Difference } from '@/components/EditParts'

interface Draft {
  name: string
  zone: string
}

function draftOf(device: Device): Draft {
  return { name: device.name, zone: device.zone?.name ?? '' }
}

/** Another name, another place. */
export function DeviceDialog({ device, onClose }: { device: Device; onClose: () => void }) {
  const { slug } = useSite()
  const client = useQueryClient()
  const { data: site } = useSiteDetail(slug)
  const [saved, setSaved] = useState(() => draftOf(device))
  const [draft, setDraft] = useState(saved)
  const path = { device_id: device.id }
  const edit = useEdit<Device, Draft>({
    row: device,
    write: ({ name, zone }, tag) =>
      api.PATCH('/api/v1/devices/{device_id}', {
        params: { path },
        headers: { 'If-Match': tag },
        body: { name: name.trim(), zone: zone.trim() || null },
      }),
    reread: () => body(api.GET('/api/v1/devices/{device_id}', { params: { path } })),
    onSaved: async () => {
      // A place may be new, and every series says where its device stands.
      await client.invalidateQueries({ queryKey: keys.site(slug) })
      onClose()
    },
  })
  const dirty = draft.name !== saved.name || draft.zone !== saved.zone
  const { close, asking, stay } = useAskBeforeClose(dirty, onClose)
  const theirs = edit.theirs && draftOf(edit.theirs)
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    edit.save(draft)
  }
  return (
    <Modal opened onClose={close} title={t`Rename or move the device`} size={520} {...dialogParts()}>
      <form onSubmit={submit} className={classes.form}>
        <TextInput
          label={t`Name`}
          value={draft.name}
          onChange={(event) => setDraft({ ...draft, name: event.currentTarget.value })}
          maxLength={120}
          required
          data-autofocus
        />
        <Autocomplete
          label={t`Place`}
          description={t`Choose, or type a new name; empty: not placed.`}
          data={(site?.zones ?? []).map(({ name }) => name)}
          value={draft.zone}
          onChange={(zone) => setDraft({ ...draft, zone })}
          maxLength={120}
        />
        {theirs && edit.theirs && (
          <ConflictNote
            kind="device"
            row={edit.theirs}
            differences={differencesOf(theirs, draft)}
            onTakeTheirs={() => {
              setSaved(theirs)
              setDraft(theirs)
              edit.forget()
            }}
            onKeepMine={() => edit.keepMine(draft)}
          />
        )}
        <Failure error={edit.error} />
        <FormEnd
          asking={asking}
          savable={dirty && draft.name.trim() !== '' && !edit.pending}
          onStay={stay}
          onClose={close}
          onLeave={onClose}
        />
      </form>
    </Modal>
  )
}

function differencesOf(theirs: Draft, mine: Draft): Difference[] {
  const rows = [
    { field: t`Name`, theirs: theirs.name, mine: mine.name },
    { field: t`Place`, theirs: theirs.zone || t`not placed`, mine: mine.zone || t`not placed` },
  ]
  return rows.filter((row) => row.theirs !== row.mine)
}
