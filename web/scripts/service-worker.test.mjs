import { describe, expect, it } from 'vitest'
import { isPage, options, refuseGone } from './service-worker.mjs'

const goesTo = (path, mode = 'navigate') =>
  isPage({ request: { mode }, url: new URL(path, 'https://belvedere.example') })

describe('the service worker', () => {
  it('answers for pages only', () => {
    expect(
      ['/', '/s/tan-tao', '/s/tan-tao/alerts/7', '/sign-in', '/apis'].map((path) => goesTo(path)),
    ).toEqual(Array(5).fill(true))
    const ofServer = [
      '/api/v1/me',
      '/api/docs',
      '/media/gate/index.m3u8',
      '/ws/alerts/',
      '/livez',
      '/metrics',
    ]
    expect(ofServer.filter((path) => goesTo(path))).toEqual([])
    expect(goesTo('/s/tan-tao', 'cors')).toBe(false)
  })

  it('keeps nothing that the server says: its one route has no cache, and its files are those of the build', () => {
    expect(options.runtimeCaching.map(({ handler, urlPattern }) => [handler, urlPattern])).toEqual([
      ['NetworkOnly', isPage],
    ])
    expect(options.globPatterns).toEqual(['index.html', 'mark.svg', 'assets/*.{js,css,woff2}'])
    expect(options.navigateFallback).toBeUndefined()
  })

  it('asks the server for every page first, `/` too', () => {
    expect(options.directoryIndex).toBeNull()
  })

  it('takes the word of a proxy that the server is gone', async () => {
    for (const status of [502, 503, 504]) await expect(refuseGone({ response: { status } })).rejects.toThrow()
    for (const status of [200, 404, 500])
      await expect(refuseGone({ response: { status } })).resolves.toEqual({ status })
  })
})
