import { useEffect, useRef } from 'react'
import { usePageTitle } from '@/lib/title'

/** The heading of a step, which has the focus when the step appears. */
export function StepTitle({ text }: { text: string }) {
  const heading = useRef<HTMLHeadingElement>(null)
  usePageTitle(text)
  useEffect(() => heading.current?.focus(), [])
  return (
    <h1 ref={heading} tabIndex={-1}>
      {text}
    </h1>
  )
}
