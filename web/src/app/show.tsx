import { createRoot } from 'react-dom/client'
import { watchBuild } from '@/lib/build'
import { focusWrongFields, keepFocus } from '@/lib/focus'
import { prepareInstall } from '@/lib/install'
import { App } from './App'

/** Draws the page, in the language that is active. */
export function show(): void {
  const root = document.getElementById('root')
  keepFocus()
  focusWrongFields()
  watchBuild()
  prepareInstall()
  if (root) createRoot(root).render(<App />)
}
