import { t } from '@lingui/core/macro'
import { useState } from 'react'
import { useUnsaved } from '@/lib/unsaved'
import { CopyButton } from './CopyButton'
import classes from './OnceBox.module.css'

/** A secret that is shown once: the page asks before it is left, until the person says that it is kept. */
export function OnceBox({ value, note }: { value: string; note: string }) {
  const [kept, setKept] = useState('')
  useUnsaved(kept !== value, 'secret')
  if (kept === value) return null
  return (
    <div className={classes.box} role="status">
      <code>{value}</code>
      <span className="small">{note}</span>
      <span className="row wrap">
        <CopyButton value={value} />
        <button type="button" className="btn" onClick={() => setKept(value)}>
          {t`I have kept it`}
        </button>
      </span>
    </div>
  )
}
