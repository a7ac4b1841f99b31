import { i18n } from '@lingui/core'
import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { RouterProvider } from 'react-router'
import { newQueryClient } from '@/lib/queryClient'
import { router } from './router'
import { cssVariablesResolver, theme } from './theme'

const colorScheme = localStorageColorSchemeManager({ key: 'belvedere.theme' })

export function App() {
  const [queries] = useState(newQueryClient)
  // The server names metrics in the language of the page.
  useEffect(() => i18n.on('change', () => void queries.invalidateQueries()), [queries])
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariablesResolver}
      colorSchemeManager={colorScheme}
      defaultColorScheme="auto"
    >
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  )
}
