import { useEffect, useRef } from 'react'
import styles from './auth.module.css'

/** What was wrong, over the form; read aloud when it appears. */
export function FormError({ text }: { text: string }) {
  const box = useRef<HTMLParagraphElement>(null)
  useEffect(() => {
    // In braces: new browsers return a promise, which React would take for the clean-up.
    box.current?.scrollIntoView({ block: 'nearest' })
  }, [text])
  return (
    <p className={styles.error} role="alert" ref={box}>
      {text}
    </p>
  )
}
