import { i18n } from '@lingui/core'
import { messages as vietnamese } from '@/locales/vi.po'

export type Language = 'vi' | 'en'

const STORED = 'belvedere.language'

i18n.load('vi', vietnamese)
i18n.activate('vi')

export function currentLanguage(): Language {
  return i18n.locale === 'en' ? 'en' : 'vi'
}

/** What this person chose on this browser; null before any choice. */
export function storedLanguage(): Language | null {
  const stored = localStorage.getItem(STORED)
  return stored === 'vi' || stored === 'en' ? stored : null
}

/** Loads the catalogue if needed, then switches the page. */
export async function activateLanguage(language: Language): Promise<void> {
  if (language === 'en') {
    const { messages } = await import('@/locales/en.po')
    i18n.load('en', messages)
  }
  document.documentElement.lang = language
  i18n.activate(language)
}

/** What a person picked here: it outlives the visit and beats the account's language on this browser. */
export async function chooseLanguage(language: Language): Promise<void> {
  localStorage.setItem(STORED, language)
  await activateLanguage(language)
}
