import { Select } from '@mantine/core'
import type { Language } from '@/lib/i18n'

/** Each language by its own name. */
export function LanguageField({
  label,
  description,
  value,
  onChange,
}: {
  label: string
  description?: string
  value: Language
  onChange: (language: Language) => void
}) {
  return (
    <Select
      label={label}
      description={description}
      data={[
        { value: 'vi', label: 'Tiếng Việt' },
        { value: 'en', label: 'English' },
      ]}
      value={value}
      allowDeselect={false}
      onChange={(language) => language !== null && onChange(language)}
    />
  )
}
