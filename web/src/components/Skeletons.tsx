import { t } from '@lingui/core/macro'
import { Skeleton } from '@mantine/core'
import { useEffect, useState, type ReactNode } from 'react'

/** An answer within this time needs no skeleton: a flash would only disturb. */
const SHOWN_AFTER_MS = 300

function Later({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), SHOWN_AFTER_MS)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div aria-busy="true">
      <span className="vh" role="status">
        {shown ? t`Loading` : ''}
      </span>
      {shown && children}
    </div>
  )
}

/** Cards in their final shape. */
export function CardsSkeleton({ count = 4 }: { count?: number }) {
  return (
    <Later>
      <div style={{ display: 'grid', gap: 12, gridTemplateColumns: 'repeat(auto-fill, minmax(200px, 1fr))' }}>
        {Array.from({ length: count }, (_, index) => (
          <Skeleton key={index} height={126} radius={8} />
        ))}
      </div>
    </Later>
  )
}

export function RowsSkeleton({ count = 5, height = 44 }: { count?: number; height?: number }) {
  return (
    <Later>
      <div style={{ display: 'grid', gap: 8, padding: 16 }}>
        {Array.from({ length: count }, (_, index) => (
          <Skeleton key={index} height={height} radius={4} />
        ))}
      </div>
    </Later>
  )
}

export function PageSkeleton() {
  return (
    <Later>
      <div style={{ display: 'grid', gap: 16, padding: 16 }}>
        <Skeleton height={36} width={260} radius={4} />
        <Skeleton height={126} radius={8} />
        <Skeleton height={126} radius={8} />
      </div>
    </Later>
  )
}
