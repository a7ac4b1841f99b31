import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { RouterProvider } from 'react-router'
import { readAgainInLanguage } from '@/lib/queries/language'
import { newQueryClient } from '@/lib/queryClient'
import { router } from './router'
import { cssVariablesResolver, theme } from './theme'

const colorScheme = localStorageColorSchemeManager({ key: 'belvedere.theme' })

export function App() {
  const [queries] = useState(newQueryClient)
  useEffect(() => readAgainInLanguage(queries), [queries])
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
