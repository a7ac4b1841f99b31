import { t } from '@lingui/core/macro'
import { Modal } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'

import { dialogParts } from '@/components/dialogParts'
import { useAskBeforeClose } from '@/components/LeaveQuestion'
import { api, body } from '@/lib/api/client'
import type { Series } from '@/lib/api/types'
import { keys } from '@/lib/queries'
import { useSite } from '@/lib/site'

import { useEdit } from '@/lib/edit'
import classes from '@/components/EditParts.module.css'
import { ConflictNote, Failure, FormEnd } from '@/components/EditParts'
import { changedFields, changeOf, draftOfSeries, type SeriesDraft } from './seriesDraft'
import { SeriesFields } from './SeriesFields'
import { fieldWords, fieldValueWords } from './seriesWords'

interface Props {
  series: Series
  onClose: () => void
}

/** Name, unit, kind, decimals, words, freshness and retention of one series. */
export function SeriesDialog({ series, onClose }: Props) {
  const { slug } = useSite()
  const client = useQueryClient()
  const [saved, setSaved] = useState(() => draftOfSeries(series))
  const [draft, setDraft] = useState(saved)
  const path = { series_id: series.id }
  const edit = useEdit<Series, SeriesDraft>({
    row: series,
    write: (change, tag) =>
      api.PATCH('/api/v1/series/{series_id}', {
        params: { path },
        headers: { 'If-Match': tag },
        body: changeOf(change),
      }),
    reread: () => body(api.GET('/api/v1/series/{series_id}', { params: { path } })),
    onSaved: async () => {
      await client.invalidateQueries({ queryKey: keys.site(slug) })
      await client.invalidateQueries({ queryKey: ['series', series.id] })
      await client.invalidateQueries({ queryKey: ['device', series.device] })
      onClose()
    },
  })
  const dirty = changedFields(saved, draft).length > 0
  const { close, asking, stay } = useAskBeforeClose(dirty, onClose)
  const takeTheirs = () => {
    if (!edit.theirs) return
    const theirs = draftOfSeries(edit.theirs)
    setSaved(theirs)
    setDraft(theirs)
    edit.forget()
  }
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    edit.save(draft)
  }
  const theirs = edit.theirs && draftOfSeries(edit.theirs)
  return (
    <Modal opened onClose={close} title={t`Edit series`} size={560} {...dialogParts()}>
      <form onSubmit={submit} className={classes.form}>
        <p className="small muted">
          {series.device_name} · <code>{series.metric}</code>
        </p>
        <SeriesFields series={series} draft={draft} onChange={setDraft} />
        {theirs && edit.theirs && (
          <ConflictNote
            kind="device"
            row={edit.theirs}
            differences={changedFields(theirs, draft).map((field) => ({
              field: fieldWords(field),
              theirs: fieldValueWords(field, theirs),
              mine: fieldValueWords(field, draft),
            }))}
            onTakeTheirs={takeTheirs}
            onKeepMine={() => edit.keepMine(draft)}
          />
        )}
        <Failure error={edit.error} />
        <FormEnd
          asking={asking}
          savable={dirty && !edit.pending}
          onStay={stay}
          onClose={close}
          onLeave={onClose}
        />
      </form>
    </Modal>
  )
}
