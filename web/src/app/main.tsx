import './styles/mantine.css'
import './styles/fonts.css'
import './styles/base.css'
import './styles/panels.css'
import './styles/controls.css'
import './styles/marks.css'
import './styles/tables.css'

import { activateLanguage, firstLanguage } from '@/lib/i18n/language'

/** This file is small, so that the texts are asked for while the rest of the page is still on its way. */
async function start(): Promise<void> {
  const texts = activateLanguage(firstLanguage())
  const { show } = await import('./show')
  await texts
  show()
}

void start()
