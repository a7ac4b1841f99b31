import { MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { render } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import type { ReactNode } from 'react'
import { createMemoryRouter, RouterProvider } from 'react-router'
import type { MySite } from '@/lib/api/types'
import { setZone } from '@/lib/i18n'
import { GivenLive } from '@/lib/live'
import { LiveSite } from '@/lib/live/liveSite'
import { newQueryClient } from '@/lib/queryClient'
import { SiteContext } from '@/lib/site'
import { aMe } from './factories'

interface Options {
  /** Address to start at. */
  route?: string
  /** Pattern under which the page sits. */
  path?: string
  site?: Partial<MySite>
  /** A live site driven by the test; by default one that never starts. */
  live?: LiveSite
}

/** Renders a page of a site with everything around it, without network until the page asks. */
export function renderPage(page: ReactNode, { route = '/s/tan-tao', path = '*', site, live }: Options = {}) {
  const mySite = { ...(aMe().sites[0] as MySite), ...site }
  setZone(mySite.timezone)
  const given = live ?? new LiveSite(mySite.slug)
  const queries = newQueryClient()
  queries.setDefaultOptions({ queries: { retry: false } })
  const router = createMemoryRouter([{ path, element: page }], { initialEntries: [route] })
  const view = render(
    <MantineProvider env="test">
      <QueryClientProvider client={queries}>
        <SiteContext.Provider value={mySite}>
          <GivenLive live={given}>
            <RouterProvider router={router} />
          </GivenLive>
        </SiteContext.Provider>
      </QueryClientProvider>
    </MantineProvider>,
  )
  return { ...view, user: userEvent.setup(), router, live: given, queries }
}
