import type { Language } from '@/lib/i18n'

/** What the first run asks for. */
export interface SetupForm {
  token: string
  name: string
  email: string
  password: string
  siteName: string
  address: string
  timezone: string
  /** Null until one is chosen: that of the page. */
  language: Language | null
}

const KEY = 'belvedere.setup'

/** What was filled in survives a refresh of this tab, but for the password. */
export function saveForm(step: number, form: SetupForm): void {
  sessionStorage.setItem(KEY, JSON.stringify({ step, form: { ...form, password: '' } }))
}

export function savedForm(): { step: number; form: Partial<SetupForm> } | null {
  try {
    const saved = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as {
      step: number
      form: Partial<SetupForm>
    } | null
    return saved && typeof saved.step === 'number' ? saved : null
  } catch {
    return null
  }
}

export function forgetForm(): void {
  sessionStorage.removeItem(KEY)
}
