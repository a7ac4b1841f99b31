import { t } from '@lingui/core/macro'
import { useEffect, useRef } from 'react'

import { LeaveQuestion } from '@/components/LeaveQuestion'
import { sentenceOf } from '@/lib/api/sentences'
import { useWhoChanged } from '@/lib/queries/whoChanged'

import classes from './EditParts.module.css'

/** The end of a dialog's form: its buttons, always in sight, or the question where it is about to be left. */
export function FormEnd({
  asking,
  savable,
  save,
  onStay,
  onClose,
  onLeave,
}: {
  asking: boolean
  savable: boolean
  /** What the button says that saves; without it "Save". */
  save?: string
  onStay: () => void
  onClose: () => void
  onLeave: () => void
}) {
  if (asking)
    return (
      <LeaveQuestion
        text={t`There are changes that are not saved.`}
        leave={t`Discard changes`}
        onStay={onStay}
        onLeave={onLeave}
      />
    )
  return (
    <div className={classes.actions}>
      <button type="button" className="btn" onClick={onClose}>{t`Cancel`}</button>
      <button type="submit" className="btn primary" disabled={!savable}>
        {save ?? t`Save`}
      </button>
    </div>
  )
}

/** One line of what another person has now, beside what is about to be saved. */
export interface Difference {
  field: string
  theirs: string
  mine: string
}

/** Somebody was faster: who, what they have, and whose version holds. */
export function ConflictNote({
  kind,
  row,
  differences,
  onTakeTheirs,
  onKeepMine,
}: {
  /** As the record of changes calls it; a series goes with its device. */
  kind: 'device' | 'camera'
  /** As they saved it. */
  row: { id: number | string; version?: number }
  differences: readonly Difference[]
  onTakeTheirs: () => void
  onKeepMine: () => void
}) {
  const who = useWhoChanged(kind, row)
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => box.current?.focus(), [])
  return (
    <div ref={box} role="alert" tabIndex={-1} className={classes.conflict}>
      <p>
        <b>
          {who
            ? t`${who} saved a change while you were editing.`
            : t`Somebody else saved a change while you were editing.`}
        </b>
      </p>
      <table>
        <thead>
          <tr>
            <th scope="col">{t`Field`}</th>
            <th scope="col">{t`On the server`}</th>
            <th scope="col">{t`Yours`}</th>
          </tr>
        </thead>
        <tbody>
          {differences.map(({ field, theirs, mine }) => (
            <tr key={field}>
              <th scope="row">{field}</th>
              <td>{theirs}</td>
              <td>{mine}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className="row wrap">
        <button type="button" className="btn" onClick={onTakeTheirs}>{t`Take the server's`}</button>
        <button type="button" className="btn primary" onClick={onKeepMine}>{t`Save mine`}</button>
      </div>
    </div>
  )
}

export function Failure({ error }: { error: Error | null }) {
  return error && <p role="alert">{sentenceOf(error)}</p>
}
