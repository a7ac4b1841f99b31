import { t } from '@lingui/core/macro'
import { useClipboard } from '@mantine/hooks'

import { Icon } from './Icon'

interface Props {
  value: string
  /** What is copied, for a button that is only an icon. */
  label?: string
  iconOnly?: boolean
}

/** Copies, and says so for two seconds. */
export function CopyButton({ value, label, iconOnly = false }: Props) {
  const { copied, copy } = useClipboard({ timeout: 2000 })
  const word = copied ? t`Copied` : t`Copy`
  return (
    <>
      <button
        type="button"
        className={iconOnly ? 'icon-btn' : 'btn'}
        aria-label={iconOnly ? (label ?? word) : undefined}
        onClick={() => copy(value)}
      >
        <Icon name={copied ? 'check' : 'copy'} size="m" />
        {!iconOnly && word}
      </button>
      <span className="vh" role="status">
        {copied ? t`Copied` : ''}
      </span>
    </>
  )
}
