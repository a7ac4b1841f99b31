import { t } from '@lingui/core/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { api, body } from '@/lib/api/client'
import { sentenceOf } from '@/lib/api/sentences'
import { useLive } from '@/lib/live'
import { keys } from '@/lib/queries'
import { useUnsaved } from '@/lib/unsaved'
import styles from './CommentBox.module.css'

/** A note to those on duty. What could not be sent stays in the box. */
export function CommentBox({ alertId }: { alertId: number }) {
  const id = useId()
  const live = useLive()
  const queries = useQueryClient()
  const [text, setText] = useState('')
  const send = useMutation({
    mutationFn: (note: string) =>
      body(
        api.POST('/api/v1/alerts/{alert_id}/comments', {
          params: { path: { alert_id: alertId } },
          body: { text: note },
        }),
      ),
    onSuccess: async (alert) => {
      setText('')
      live.alerts.merge(alert)
      await queries.invalidateQueries({ queryKey: keys.alert(alertId) })
    },
  })
  useUnsaved(text.trim() !== '' && !send.isPending)
  const submit = () => {
    const note = text.trim()
    if (note && !send.isPending) send.mutate(note)
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <div className={styles.box}>
        <label className="vh" htmlFor={id}>
          {t`Note`}
        </label>
        <textarea
          id={id}
          rows={1}
          value={text}
          placeholder={t`Write a note to those on duty`}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit()
          }}
        />
        <button type="submit" className="btn" disabled={send.isPending || text.trim() === ''}>
          {t`Send`}
        </button>
      </div>
      {send.isError && (
        <p className={styles.failed} role="alert">
          {t`Not sent; your note is kept.`} {sentenceOf(send.error)}
        </p>
      )}
    </form>
  )
}
