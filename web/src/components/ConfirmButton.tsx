import { t } from '@lingui/core/macro'
import { useEffect, useRef, useState } from 'react'
import styles from './ConfirmButton.module.css'

/** A button that asks once more, in its own place, before it takes something away. */
export function ConfirmButton({
  text,
  label,
  question,
  pending,
  onConfirm,
}: {
  text: string
  /** Read aloud instead of `text`, where several rows have the same button. */
  label?: string
  question: string
  pending: boolean
  onConfirm: () => void
}) {
  const [asking, setAsking] = useState(false)
  const yes = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (asking) yes.current?.focus()
  }, [asking])
  if (!asking) {
    return (
      <button
        type="button"
        className="btn"
        aria-label={label}
        disabled={pending}
        onClick={() => setAsking(true)}
      >
        {text}
      </button>
    )
  }
  return (
    <div className={styles.question} role="group" aria-label={question}>
      <span className="small">{question}</span>
      <button
        ref={yes}
        type="button"
        className="btn primary"
        onClick={() => {
          setAsking(false)
          onConfirm()
        }}
      >
        {text}
      </button>
      <button type="button" className="btn" onClick={() => setAsking(false)}>
        {t`Cancel`}
      </button>
    </div>
  )
}
