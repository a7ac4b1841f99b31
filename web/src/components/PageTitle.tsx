import type { ReactNode } from 'react'
import { usePageTitle } from '@/lib/title'

interface Props {
  text: string
  /** Only for screen readers. */
  hidden?: boolean
  /** Of what stands beside a list that has the page's one heading already. */
  beside?: boolean
  children?: ReactNode
}

/** The page's one heading; the browser tab says the same. */
export function PageTitle({ text, hidden = false, beside = false, children }: Props) {
  usePageTitle(text)
  const Heading = beside ? 'h2' : 'h1'
  return <Heading className={hidden ? 'vh' : 'title'}>{children ?? text}</Heading>
}
