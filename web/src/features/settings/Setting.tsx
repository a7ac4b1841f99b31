import type { ReactNode } from 'react'
import { sentenceOf } from '@/lib/api/sentences'
import styles from './SettingsPage.module.css'

/** One row of a settings page: what it is, and what can be done about it. */
export function Setting({
  name,
  note,
  error,
  below,
  children,
}: {
  name: string
  note?: ReactNode
  error?: unknown
  /** Over the whole width, under both. */
  below?: ReactNode
  children?: ReactNode
}) {
  return (
    <div className={styles.setting}>
      <div>
        <b>{name}</b>
        {note && <span className="small muted">{note}</span>}
        <Failed error={error} />
      </div>
      {children}
      {below && <div className={styles.below}>{below}</div>}
    </div>
  )
}

/** Why it did not work, in the reader's language; read aloud when it appears. */
export function Failed({ error }: { error: unknown }) {
  if (!error) return null
  return (
    <p className={styles.failed} role="alert">
      {sentenceOf(error)}
    </p>
  )
}
