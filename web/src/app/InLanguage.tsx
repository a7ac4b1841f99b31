import { createElement, type ComponentType } from 'react'
import { useLanguage } from '@/lib/i18n'

/**
 * Words are read while rendering. Another language draws each page again in place, so that nothing typed is lost; what is
 * under `memo` or `useMemo` and has words calls `useLanguage` as well.
 */
export function InLanguage({ page }: { page: ComponentType }) {
  useLanguage()
  return createElement(page)
}
