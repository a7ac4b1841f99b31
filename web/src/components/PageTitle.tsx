import type { ReactNode } from 'react'
import { usePageTitle } from '@/lib/title'

/** The page's one heading; the browser tab says the same. `hidden`: only for screen readers. */
export function PageTitle({
  text,
  hidden,
  children,
}: {
  text: string
  hidden?: boolean
  children?: ReactNode
}) {
  usePageTitle(text)
  return <h1 className={hidden ? 'vh' : undefined}>{children ?? text}</h1>
}
