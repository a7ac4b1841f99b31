import { t } from '@lingui/core/macro'
import { useEffect, useRef, useState } from 'react'

import { isAsking, useUnsaved, type Unsaved } from '@/lib/unsaved'

import classes from './LeaveQuestion.module.css'

/** Closing a dialog asks first while something would be lost, and so does leaving its page. */
export function useAskBeforeClose(losing: boolean, onClose: () => void, what: Unsaved = 'form') {
  const letGo = useUnsaved(losing, what)
  const [asking, setAsking] = useState(false)
  const leave = () => {
    letGo()
    onClose()
  }
  return {
    close: () => {
      if (!losing || asking) leave()
      else if (!isAsking()) setAsking(true)
    },
    asking: asking && losing,
    stay: () => setAsking(false),
    /** Without a question. */
    leave,
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
