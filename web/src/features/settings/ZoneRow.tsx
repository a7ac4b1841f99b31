import { plural, t } from '@lingui/core/macro'
import { Select, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'

import { Icon } from '@/components/Icon'
import { api } from '@/lib/api/client'
import type { ListedZone } from '@/lib/api/types'
import { keys } from '@/lib/queries'
import { useSite } from '@/lib/site'
import { useUnsaved } from '@/lib/unsaved'

import { Failed } from './Setting'
import styles from './ZonesTab.module.css'

interface Props {
  zone: ListedZone
  others: readonly ListedZone[]
  tag: string
  onUp: (() => void) | undefined
  onDown: (() => void) | undefined
}

export function ZoneRow({ zone, others, tag, onUp, onDown }: Props) {
  const [open, setOpen] = useState<'edit' | 'delete' | null>(null)
  const { name } = zone
  return (
    <>
      <div className={styles.row}>
        <span className={styles.grip} aria-hidden="true">
          ⋮⋮
        </span>
        <div className={styles.name}>
          <b>{name}</b>
          <span className="small muted">{[zone.note, contentsOf(zone)].filter(Boolean).join(' · ')}</span>
        </div>
        <button
          type="button"
          className={`icon-btn ${styles.up}`}
          aria-label={t`Move ${name} up`}
          disabled={!onUp}
          onClick={onUp}
        >
          <Icon name="down" size="m" />
        </button>
        <button
          type="button"
          className="icon-btn"
          aria-label={t`Move ${name} down`}
          disabled={!onDown}
          onClick={onDown}
        >
          <Icon name="down" size="m" />
        </button>
        <button
          type="button"
          className="btn"
          aria-label={t`Edit ${name}`}
          aria-expanded={open === 'edit'}
          onClick={() => setOpen(open === 'edit' ? null : 'edit')}
        >{t`Edit`}</button>
        <button
          type="button"
          className="btn quiet"
          aria-label={t`Delete ${name}`}
          aria-expanded={open === 'delete'}
          onClick={() => setOpen(open === 'delete' ? null : 'delete')}
        >{t`Delete`}</button>
      </div>
      {open === 'edit' && <EditForm zone={zone} tag={tag} onDone={() => setOpen(null)} />}
      {open === 'delete' && <DeleteForm zone={zone} others={others} onDone={() => setOpen(null)} />}
    </>
  )
}

function contentsOf({ device_count: devices, camera_count: cameras }: ListedZone): string {
  const parts = [
    devices > 0 ? plural(devices, { one: '# device', other: '# devices' }) : '',
    cameras > 0 ? plural(cameras, { one: '# camera', other: '# cameras' }) : '',
  ]
  return parts.filter(Boolean).join(', ') || t`nothing stands here yet`
}

function EditForm({ zone, tag, onDone }: { zone: ListedZone; tag: string; onDone: () => void }) {
  const { slug } = useSite()
  const client = useQueryClient()
  const [name, setName] = useState(zone.name)
  const [note, setNote] = useState(zone.note ?? '')
  const save = useMutation({
    mutationFn: () =>
      api.PATCH('/api/v1/sites/{slug}/zones/{zone_id}', {
        params: { path: { slug, zone_id: zone.id } },
        headers: { 'If-Match': tag },
        body: { name: name.trim(), note: note.trim() },
      }),
    onSuccess: onDone,
    // Also after a conflict, so that the list shows what the other person did and the next try is on top of it.
    onSettled: () => client.invalidateQueries({ queryKey: keys.site(slug) }),
  })
  useUnsaved((name !== zone.name || note !== (zone.note ?? '')) && !save.isPending)
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    save.mutate()
  }
  return (
    <form className={styles.form} onSubmit={submit}>
      <TextInput
        label={t`Name`}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        maxLength={120}
        required
        ref={focusOnce}
      />
      <TextInput
        label={t`Note`}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
        maxLength={200}
      />
      <Failed error={save.error} />
      <div className="row wrap">
        <button type="button" className="btn" onClick={onDone}>{t`Cancel`}</button>
        <button type="submit" className="btn primary" disabled={name.trim() === '' || save.isPending}>
          {t`Save`}
        </button>
      </div>
    </form>
  )
}

/** What becomes of what stands in the zone. */
function DeleteForm({
  zone,
  others,
  onDone,
}: {
  zone: ListedZone
  others: readonly ListedZone[]
  onDone: () => void
}) {
  const { slug } = useSite()
  const client = useQueryClient()
  const [heir, setHeir] = useState('')
  const remove = useMutation({
    mutationFn: () =>
      api.DELETE('/api/v1/sites/{slug}/zones/{zone_id}', {
        params: { path: { slug, zone_id: zone.id }, query: heir ? { heir: Number(heir) } : {} },
      }),
    onSettled: () => client.invalidateQueries({ queryKey: keys.site(slug) }),
  })
  const { name } = zone
  const empty = zone.device_count === 0 && zone.camera_count === 0
  const contents = contentsOf(zone)
  return (
    <form
      aria-label={t`Delete ${name}`}
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault()
        remove.mutate()
      }}
    >
      {empty ? (
        <p>{t`Nothing stands in this zone. Rules and history are not touched.`}</p>
      ) : (
        <Select
          label={t`Where do they go: ${contents}?`}
          data={[
            { value: '', label: t`not placed` },
            ...others.map((other) => ({ value: String(other.id), label: other.name })),
          ]}
          value={heir}
          onChange={(value) => setHeir(value ?? '')}
          allowDeselect={false}
        />
      )}
      <Failed error={remove.error} />
      <div className="row wrap">
        <button type="button" className="btn" ref={focusOnce} onClick={onDone}>{t`Cancel`}</button>
        <button type="submit" className="btn primary" disabled={remove.isPending}>
          {t`Confirm deletion`}
        </button>
      </div>
    </form>
  )
}

function focusOnce(element: HTMLElement | null) {
  element?.focus()
}
