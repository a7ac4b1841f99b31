import { i18n } from '@lingui/core'
import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { useState, useSyncExternalStore } from 'react'
import { RouterProvider } from 'react-router'
import { newQueryClient } from '@/lib/queryClient'
import { router } from './router'
import { cssVariablesResolver, theme } from './theme'

const colorScheme = localStorageColorSchemeManager({ key: 'belvedere.theme' })

export function App() {
  const [queries] = useState(newQueryClient)
  const language = useSyncExternalStore(
    (listener) => i18n.on('change', listener),
    () => i18n.locale,
  )
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariablesResolver}
      colorSchemeManager={colorScheme}
      defaultColorScheme="auto"
    >
      <QueryClientProvider client={queries}>
        {/* Words are read while rendering: another language draws the tree anew. */}
        <RouterProvider key={language} router={router} />
      </QueryClientProvider>
    </MantineProvider>
  )
}
