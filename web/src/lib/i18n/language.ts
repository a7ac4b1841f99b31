import { i18n, type Messages } from '@lingui/core'
import { useSyncExternalStore } from 'react'

export type Language = 'vi' | 'en'

const STORED = 'belvedere.language'
const OFFERED = 'belvedere.language.offered'

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

function read(key: string): Language | null {
  const stored = localStorage.getItem(key)
  return stored === 'vi' || stored === 'en' ? stored : null
}

/** What this person chose on this browser; null before any choice. */
export function storedLanguage(): Language | null {
  return read(STORED)
}

/** The language to begin with: the chosen one, else the account's that was here last, else the browser's. */
export function firstLanguage(): Language {
  return storedLanguage() ?? read(OFFERED) ?? languageOfBrowser()
}

/** The one of ours that the browser's person likes best; Vietnamese where they like neither. */
function languageOfBrowser(): Language {
  const [best = 'vi'] = navigator.languages
    .map((tag) => tag.toLowerCase().split('-', 1).join())
    .filter((language) => language === 'vi' || language === 'en')
  return best
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

/** The language of an account or a site, for somebody who never chose one here; the next visit begins with it. */
export async function offerLanguage(language: Language): Promise<void> {
  if (storedLanguage() !== null) return
  localStorage.setItem(OFFERED, language)
  if (language !== currentLanguage()) await activateLanguage(language)
}

/** What a person picked here: it outlives the visit and beats the account's language on this browser. */
export async function chooseLanguage(language: Language): Promise<void> {
  localStorage.setItem(STORED, language)
  await activateLanguage(language)
}
