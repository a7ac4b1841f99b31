import { screen } from '@testing-library/react'
import { describe, expect, it, vi } from 'vitest'
import * as page from '@/lib/install'
import { renderPage } from '@/testing/render'
import { InstallSetting } from './InstallSetting'

describe('installing the page', () => {
  it.each([
    ['installed', /^Đã cài/],
    ['menu', /trình đơn của trình duyệt/],
    ['insecure', /https/],
    ['refused', /chứng chỉ/],
    ['unsupported', /Trình duyệt này/],
  ] as const)('says why there is no button: %s', (state, words) => {
    vi.spyOn(page, 'installState').mockReturnValue(state)
    renderPage(<InstallSetting />)
    expect(screen.getByText(words)).toBeVisible()
    expect(screen.queryByRole('button')).toBeNull()
  })

  it('has a button while the browser offers it', async () => {
    vi.spyOn(page, 'installState').mockReturnValue('offered')
    const install = vi.spyOn(page, 'install').mockResolvedValue()
    const { user } = renderPage(<InstallSetting />)
    await user.click(screen.getByRole('button', { name: 'Cài đặt' }))
    expect(install).toHaveBeenCalledTimes(1)
  })
})
