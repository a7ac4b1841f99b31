import type { Severity } from '@/lib/api/types'
import { severityWord } from '@/lib/words'
import styles from './SeverityMark.module.css'

const SHAPES = {
  critical: (
    <>
      <path d="M6.2 1.5h7.6l4.7 4.7v7.6l-4.7 4.7H6.2l-4.7-4.7V6.2z" fill="currentColor" />
      <path d="M10 5.5V11M10 14.1v.1" stroke="var(--hole)" strokeWidth="2.2" strokeLinecap="round" />
    </>
  ),
  warning: (
    <>
      <path
        d="M10 2.5 18.5 17h-17z"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.9"
        strokeLinejoin="round"
      />
      <path d="M10 8v4M10 14.4v.1" stroke="currentColor" strokeWidth="1.9" strokeLinecap="round" />
    </>
  ),
  info: (
    <>
      <circle cx="10" cy="10" r="7.5" fill="none" stroke="currentColor" strokeWidth="1.7" />
      <path d="M10 9.5v4M10 6.5v.1" stroke="currentColor" strokeWidth="1.9" strokeLinecap="round" />
    </>
  ),
} as const

interface SeverityMarkProps {
  severity: Severity
  /** Resolved: the mark loses its colour. */
  over?: boolean
  size?: number
  /** Set when the word stands beside it already. */
  decorative?: boolean
}

/** Octagon, triangle, circle: told apart without colour. */
export function SeverityMark({ severity, over = false, size = 20, decorative = false }: SeverityMarkProps) {
  const label = decorative ? { 'aria-hidden': true } : { role: 'img', 'aria-label': severityWord(severity) }
  return (
    <span className={`${styles.mark} ${styles[severity] ?? ''} ${over ? styles.over : ''}`} {...label}>
      <svg width={size} height={size} viewBox="0 0 20 20" aria-hidden="true">
        {SHAPES[severity]}
      </svg>
    </span>
  )
}
