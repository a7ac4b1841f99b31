import { screen } from '@testing-library/react'
import { http, HttpResponse } from 'msw'
import { beforeEach, expect, it } from 'vitest'
import { forgetResolutions, formatMeasured } from '@/lib/i18n'
import { aSeries } from '@/testing/factories'
import { renderPage } from '@/testing/render'
import { server } from '@/testing/server'
import { useOneSeries } from '.'

beforeEach(forgetResolutions)

function Name() {
  return <p>{useOneSeries('tan-tao', 77).data?.name}</p>
}

it("reads a series that the site's list leaves out, and keeps its owner's decimals for alerts", async () => {
  const retired = aSeries({ id: 77, name: 'Old freezer', metric: 'temperature', unit: '°C', decimals: 3 })
  server.use(http.get('*/api/v1/series/77', () => HttpResponse.json(retired)))
  renderPage(<Name />)
  expect(await screen.findByText('Old freezer')).toBeVisible()
  expect(formatMeasured({ id: 77, metric: 'temperature', unit: '°C' }, 4.5)).toMatch(/4[.,]500/)
})
