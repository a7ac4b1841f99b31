import type { FreshnessState } from '@/lib/live/freshness'

/** The age dial: disc = fresh, half disc = late, broken ring = stale. Shape first; the word stands beside it. */
export function FreshMark({ state }: { state: FreshnessState }) {
  if (state === 'fresh')
    return (
      <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
        <circle cx="6" cy="6" r="5" fill="currentColor" />
      </svg>
    )
  if (state === 'late' || state === 'skewed')
    return (
      <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
        <circle cx="6" cy="6" r="4.3" fill="none" stroke="currentColor" strokeWidth="1.5" />
        <path d="M6 1.7a4.3 4.3 0 0 0 0 8.6z" fill="currentColor" />
      </svg>
    )
  return (
    <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
      <circle
        cx="6"
        cy="6"
        r="4.3"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.7"
        strokeDasharray="2.5 2"
      />
    </svg>
  )
}
