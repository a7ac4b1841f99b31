import { t } from '@lingui/core/macro'
import type { AlertState } from '@/lib/api/types'
import { formatTime } from '@/lib/i18n'
import { alertStateWord } from '@/lib/words'
import { Icon } from './Icon'

const LOOK = {
  open: { tone: 'open', icon: 'bell' },
  acknowledged: { tone: 'ack', icon: 'hand' },
  resolved: { tone: 'done', icon: 'check' },
} as const

/** Solid, tint, outline: open, acknowledged, resolved also in greyscale. */
export function StateTag({ state }: { state: AlertState }) {
  const { tone, icon } = LOOK[state]
  return (
    <span className={`tag ${tone}`}>
      <Icon name={icon} size="s" />
      {alertStateWord(state)}
    </span>
  )
}

/** Nobody is called for it, until then. */
export function SilencedTag({ untilMs }: { untilMs: number }) {
  const time = formatTime(untilMs)
  return (
    <span className="tag grey">
      <Icon name="mute" size="s" />
      {t`Silenced until ${time}`}
    </span>
  )
}
