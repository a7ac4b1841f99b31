import './styles/mantine.css'
import './styles/fonts.css'
import './styles/base.css'
import './styles/panels.css'
import './styles/controls.css'
import './styles/marks.css'
import './styles/tables.css'

import { createRoot } from 'react-dom/client'
import { activateLanguage, storedLanguage } from '@/lib/i18n'
import { focusWrongFields, keepFocus } from '@/lib/focus'
import { App } from './App'

/** After an upgrade an open page asks for pieces that are gone: the new page has them. At most once a minute. */
const RELOADED_AT = 'belvedere.reloadedAt'
window.addEventListener('vite:preloadError', () => {
  if (Date.now() - Number(sessionStorage.getItem(RELOADED_AT) ?? 0) < 60_000) return
  sessionStorage.setItem(RELOADED_AT, String(Date.now()))
  window.location.reload()
})

async function start(): Promise<void> {
  await activateLanguage(storedLanguage() ?? 'vi')
  const root = document.getElementById('root')
  keepFocus()
  focusWrongFields()
  if (root) createRoot(root).render(<App />)
}

void start()
