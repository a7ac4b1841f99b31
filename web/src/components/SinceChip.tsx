import { t } from '@lingui/core/macro'
import { formatTime } from '@/lib/i18n'
import { TransportChip, type TransportName } from './TransportChip'

/** A transport that was lost: `lost since 14:31:34`. */
export function SinceChip({ transport, sinceMs }: { transport: TransportName; sinceMs: number }) {
  return (
    <TransportChip
      transport={transport}
      state="off"
      text={t`lost since`}
      figure={formatTime(sinceMs, true)}
    />
  )
}
