import type { ReactNode } from 'react'
import { Icon, type IconName } from './Icon'

export type TransportName = 'poll' | 'ws' | 'webrtc' | 'hls'

const ICONS: Record<TransportName, IconName> = { poll: 'poll', ws: 'ws', webrtc: 'rtc', hls: 'hls' }

interface TransportChipProps {
  transport: TransportName
  /** `normal`; `down`: works, but not on the best road; `off`: nothing comes. */
  state?: 'normal' | 'down' | 'off'
  /** What it is, in words: `Poll 5 s`. */
  text: ReactNode
  /** The measured figure: `p95 4.1 s`, or `not measured`. */
  figure?: ReactNode
}

/** The road that the data beside it came by, and what was measured of it. */
export function TransportChip({ transport, state = 'normal', text, figure }: TransportChipProps) {
  const icon = state === 'off' ? 'off' : state === 'down' ? 'step' : ICONS[transport]
  return (
    <span className={`chip ${state === 'normal' ? '' : state}`}>
      <Icon name={icon} />
      <span>{text}</span>
      {figure !== undefined && <b>{figure}</b>}
    </span>
  )
}
