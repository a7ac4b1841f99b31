import { useEffect } from 'react'
import { offerLanguage, type Language } from '@/lib/i18n'

/** For somebody who never chose a language here: that of the site or account which the page is about. */
export function useOfferedLanguage(language: Language | undefined): void {
  useEffect(() => {
    if (language) void offerLanguage(language)
  }, [language])
}
