import './styles/mantine.css'
import './styles/fonts.css'
import './styles/base.css'

import { createRoot } from 'react-dom/client'
import { activateLanguage, storedLanguage } from '@/lib/i18n'
import { App } from './App'

async function start(): Promise<void> {
  await activateLanguage(storedLanguage() ?? 'vi')
  const root = document.getElementById('root')
  if (root) createRoot(root).render(<App />)
}

void start()
