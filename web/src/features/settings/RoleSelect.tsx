import { t } from '@lingui/core/macro'
import { Select } from '@mantine/core'
import type { Role } from '@/lib/api/types'
import { roleWord } from '@/lib/words'

const ROLES: readonly Role[] = ['owner', 'operator', 'viewer']

export function RoleSelect({
  value,
  label,
  visible = false,
  disabled = false,
  onChange,
}: {
  value: Role
  label?: string
  /** Whether the label stands above the field. */
  visible?: boolean
  disabled?: boolean
  onChange: (role: Role) => void
}) {
  const name = label ?? t`Role`
  return (
    <Select
      label={visible ? name : undefined}
      aria-label={visible ? undefined : name}
      w={150}
      disabled={disabled}
      data={ROLES.map((role) => ({ value: role, label: roleWord(role) }))}
      value={value}
      allowDeselect={false}
      onChange={(role) => role !== null && onChange(role)}
    />
  )
}
