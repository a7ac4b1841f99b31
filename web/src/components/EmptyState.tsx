import type { ReactNode } from 'react'

/** Why there is nothing here, and the one thing to do about it. */
export function EmptyState({ text, action }: { text: string; action?: ReactNode }) {
  return (
    <div
      style={{ display: 'grid', justifyItems: 'center', gap: 12, padding: '32px 16px', textAlign: 'center' }}
    >
      <p className="soft" style={{ maxWidth: '34em' }}>
        {text}
      </p>
      {action}
    </div>
  )
}
