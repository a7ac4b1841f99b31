/** The mark: a belvedere roof over a lantern and a horizon. */
export function Mark({ size = 34 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 34 34" aria-hidden="true">
      <path
        d="M3 13.5q2 1.5 5 .6c4-1.6 7-4.6 9-9.1 2 4.5 5 7.5 9 9.1q3 .9 5-.6M10 14.5V25M24 14.5V25M6 25h22M2 30h30"
        fill="none"
        stroke="currentColor"
        strokeWidth="2.2"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <circle cx="17" cy="18.5" r="2.7" fill="currentColor" />
    </svg>
  )
}
