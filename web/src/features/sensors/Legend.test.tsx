import { screen } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import { renderPage } from '@/testing/render'
import { Legend } from './Legend'

describe('the legend of a chart', () => {
  it('calls a line through every reading no average, and speaks of no band around it', async () => {
    renderPage(<Legend binary={false} averaged={false} limited={false} other={null} />)
    expect(await screen.findByText('mọi số đo')).toBeVisible()
    expect(screen.queryByText('trung bình')).toBeNull()
    expect(screen.queryByText('thấp nhất đến cao nhất')).toBeNull()
  })

  it('names the average and the band where a point stands for several readings', async () => {
    renderPage(<Legend binary={false} averaged limited={false} other={null} />)
    expect(await screen.findByText('trung bình')).toBeVisible()
    expect(screen.getByText('thấp nhất đến cao nhất')).toBeVisible()
    expect(screen.queryByText('mọi số đo')).toBeNull()
  })
})
