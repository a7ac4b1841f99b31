import { t } from '@lingui/core/macro'
import { useEffect, useRef, useState } from 'react'

import { useUnsaved } from '@/lib/unsaved'

import classes from './LeaveQuestion.module.css'

/** Closing a dialog asks first while something is not saved, and so does leaving its page. */
export function useAskBeforeClose(unsaved: boolean, onClose: () => void) {
  useUnsaved(unsaved)
  const [asking, setAsking] = useState(false)
  return {
    close: () => (unsaved && !asking ? setAsking(true) : onClose()),
    asking: asking && unsaved,
    stay: () => setAsking(false),
  }
}

/** The question itself; the safe answer has the focus. */
export function LeaveQuestion({
  text,
  leave,
  onStay,
  onLeave,
}: {
  text: string
  leave: string
  onStay: () => void
  onLeave: () => void
}) {
  const stay = useRef<HTMLButtonElement>(null)
  useEffect(() => stay.current?.focus(), [])
  return (
    <div role="alert" className={classes.note}>
      <span className="grow">{text}</span>
      <button ref={stay} type="button" className="btn" onClick={onStay}>{t`Stay`}</button>
      <button type="button" className="btn primary" onClick={onLeave}>
        {leave}
      </button>
    </div>
  )
}
