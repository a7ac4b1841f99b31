import { i18n } from '@lingui/core'
import type { QueryClient } from '@tanstack/react-query'
import { currentLanguage } from '../i18n'

/**
 * The server names metrics in the language of the page: after another language was chosen, everything is read again, and an
 * answer that was asked for before is not taken. Until the returned function is called.
 */
export function readAgainInLanguage(queries: QueryClient): () => void {
  let language = currentLanguage()
  // Also called when texts of the same language were loaded.
  return i18n.on('change', () => {
    if (currentLanguage() === language) return
    language = currentLanguage()
    // A first answer that is still on its way would be waited for by the refetch, and pass as its own.
    void queries.cancelQueries().then(() => queries.invalidateQueries())
  })
}
