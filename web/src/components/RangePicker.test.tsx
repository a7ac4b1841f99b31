import { screen } from '@testing-library/react'
import { useState } from 'react'
import { describe, expect, it } from 'vitest'

import { renderPage } from '@/testing/render'

import { RangePicker } from './RangePicker'

function Stand() {
  const [value, setValue] = useState<'1h' | '24h' | '7d'>('24h')
  return <RangePicker names={['1h', '24h', '7d']} value={value} onChange={setValue} />
}

describe('the range picker', () => {
  it('is one stop for Tab; arrows choose and go round', async () => {
    const { user } = renderPage(<Stand />)
    await user.tab()
    expect(screen.getByRole('radio', { name: '24\u00a0giờ' })).toHaveFocus()
    await user.keyboard('{ArrowRight}{ArrowRight}')
    expect(screen.getByRole('radio', { name: '1\u00a0giờ' })).toBeChecked()
    expect(screen.getByRole('radio', { name: '1\u00a0giờ' })).toHaveFocus()
  })
})
