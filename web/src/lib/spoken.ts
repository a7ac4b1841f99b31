import { useState } from 'react'
import { currentLanguage, useLanguage, type Language } from './i18n'

/**
 * The sentence that a screen reader was told last, for a live region. After another language was chosen it is gone: in the
 * new one it would be read once more, as if it were news.
 */
export function useSpoken(): [string, (sentence: string) => void] {
  const language = useLanguage()
  const [said, setSaid] = useState<{ language: Language; sentence: string } | null>(null)
  const [say] = useState(() => (sentence: string) => setSaid({ language: currentLanguage(), sentence }))
  return [said?.language === language ? said.sentence : '', say]
}
