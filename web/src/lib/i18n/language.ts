import { i18n, type Messages } from '@lingui/core'
import { useSyncExternalStore } from 'react'

export type Language = 'vi' | 'en'

const STORED = 'belvedere.language'

type Part = () => Promise<{ messages: Messages }>

const FIRST: Record<Language, Part> = {
  vi: () => import('@/locales/vi.po?first'),
  en: () => import('@/locales/en.po?first'),
}
const LATER: Record<Language, Part> = {
  vi: () => import('@/locales/vi.po?later'),
  en: () => import('@/locales/en.po?later'),
}

/** Whether a page was asked for whose texts are in the later part. */
let wantsLater = false

export function currentLanguage(): Language {
  return i18n.locale === 'en' ? 'en' : 'vi'
}

/** The language of the page; who calls this is drawn again when it changes. */
export function useLanguage(): Language {
  return useSyncExternalStore((listener) => i18n.on('change', listener), currentLanguage)
}

/** What this person chose on this browser; null before any choice. */
export function storedLanguage(): Language | null {
  const stored = localStorage.getItem(STORED)
  return stored === 'vi' || stored === 'en' ? stored : null
}

async function load(language: Language): Promise<void> {
  const both = wantsLater
  const parts = await Promise.all(both ? [FIRST[language](), LATER[language]()] : [FIRST[language]()])
  for (const { messages } of parts) i18n.load(language, messages)
  if (wantsLater !== both) await load(language)
}

/** Loads the texts, then switches the page. */
export async function activateLanguage(language: Language): Promise<void> {
  await load(language)
  document.documentElement.lang = language
  document.querySelector('link[rel="manifest"]')?.setAttribute('href', `/${language}.webmanifest`)
  i18n.activate(language)
}

/** Loads the texts that the first page does without. */
export async function loadLaterTexts(): Promise<void> {
  wantsLater = true
  await load(currentLanguage())
}

/** What a person picked here: it outlives the visit and beats the account's language on this browser. */
export async function chooseLanguage(language: Language): Promise<void> {
  localStorage.setItem(STORED, language)
  await activateLanguage(language)
}
