import type { ReactNode } from 'react'

export default function OverviewPage({
  cameras,
  alerts,
  strip,
}: {
  cameras: ReactNode
  alerts: ReactNode
  strip: ReactNode
}) {
  return (
    <div>
      {strip}
      {cameras}
      {alerts}
    </div>
  )
}
