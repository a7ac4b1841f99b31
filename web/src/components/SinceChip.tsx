import { t } from '@lingui/core/macro'
import { formatTime } from '@/lib/i18n'
import { TransportChip, type TransportName } from './TransportChip'

/** A road that was lost: `mất từ 14:31:34`. */
export function SinceChip({ transport, sinceMs }: { transport: TransportName; sinceMs: number }) {
  return (
    <TransportChip transport={transport} state="off" text={t`mất từ`} figure={formatTime(sinceMs, true)} />
  )
}
