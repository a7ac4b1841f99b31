import { t } from '@lingui/core/macro'
import { formatDuration, formatNumber, withUnit } from '@/lib/i18n'
import { useConnection, usePollState, useSocketState } from '@/lib/live'
import { SinceChip } from './SinceChip'
import { TransportChip } from './TransportChip'

function milliseconds(ms: number): string {
  if (ms >= 1000) {
    const seconds = formatNumber(ms / 1000, 2)
    return t`${seconds} s`
  }
  return withUnit(formatNumber(ms, 0), 'ms')
}

/** How alerts reach this page: by the socket, by the poll when the socket is lost, or not at all. */
export function AlertsChip() {
  const connection = useConnection()
  const socket = useSocketState()
  const { periodMs } = usePollState()
  if (connection.kind === 'offline') return <SinceChip transport="ws" sinceMs={connection.sinceMs} />
  if (connection.kind === 'denied')
    return (
      <TransportChip
        transport="ws"
        state="off"
        text={connection.reason === 'session' ? t`session ended` : t`not allowed`}
      />
    )
  if (socket.status === 'down') {
    const period = formatDuration(periodMs)
    return (
      <TransportChip
        transport="poll"
        state="down"
        text={t`Updated every ${period}`}
        figure={t`WebSocket lost`}
      />
    )
  }
  return (
    <TransportChip
      transport="ws"
      text="WebSocket"
      figure={socket.latencyMs === null ? t`not measured` : milliseconds(socket.latencyMs)}
    />
  )
}
