import { t } from '@lingui/core/macro'

/** A day and a time by the clock of the site, typed: a native field would follow the browser's language, not the page's. */
export function MomentField({
  id,
  value,
  wrong,
  describedBy,
  onChange,
}: {
  id?: string
  value: string
  wrong: boolean
  describedBy?: string
  onChange: (text: string) => void
}) {
  return (
    <input
      id={id}
      value={value}
      placeholder={t`day/month/year hour:minute`}
      autoComplete="off"
      spellCheck={false}
      aria-invalid={wrong || undefined}
      aria-describedby={wrong ? describedBy : undefined}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}
