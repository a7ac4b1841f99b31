import { screen } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { expect, it } from 'vitest'
import { aMe } from '@/testing/factories'
import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'
import { InLanguage } from './InLanguage'
import { SiteLayout } from './SiteLayout'

it('the pages of a site are in the language of the account, where nobody chose another here', async () => {
  server.use(http.get('*/api/v1/me', () => HttpResponse.json(aMe({ language: 'en' }))))
  // A site that she may not see, so that no live line is opened.
  renderPage(<InLanguage page={SiteLayout} />, { route: '/s/elsewhere', path: '/s/:site' })
  expect(await screen.findByText('There is no such page, or you may not view it.')).toBeVisible()
  expect(document.documentElement).toHaveAttribute('lang', 'en')
})
