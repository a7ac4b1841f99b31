import { http, HttpResponse } from 'msw'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { setHidden } from '@/testing/poll'
import { server } from '@/testing/server'
import { forgetBuild, isNewerBuild, lookForBuild } from './build'
import * as page from './reload'
import * as unsaved from './unsaved'

const html = (build: string) => `<html><head><meta name="build" content="${build}"></head></html>`
const serverHas = (build: string) => server.use(http.get('*/', () => HttpResponse.html(html(build))))

describe('a newer build on the server', () => {
  beforeEach(() => {
    document.head.innerHTML = '<meta name="build" content="old">'
    vi.spyOn(page, 'reloadPage').mockReturnValue(undefined)
    sessionStorage.clear()
    forgetBuild()
  })
  afterEach(() => {
    setHidden(false)
    document.head.innerHTML = ''
  })

  it('is none where the name is the same, or nobody answers', async () => {
    serverHas('old')
    await lookForBuild()
    server.use(http.get('*/', () => HttpResponse.error()))
    await lookForBuild()
    expect(isNewerBuild()).toBe(false)
  })

  it('is taken over by itself where nobody looks, and not again at once', async () => {
    serverHas('new')
    setHidden(true)
    await lookForBuild()
    await lookForBuild()
    expect(page.reloadPage).toHaveBeenCalledTimes(1)
  })

  it('is offered to somebody who looks, and on a wall taken over', async () => {
    serverHas('new')
    await lookForBuild()
    expect(page.reloadPage).not.toHaveBeenCalled()
    expect(isNewerBuild()).toBe(true)
    await lookForBuild(true)
    expect(page.reloadPage).toHaveBeenCalledTimes(1)
  })

  it('waits for unsaved work, also where nobody looks', async () => {
    vi.spyOn(unsaved, 'hasUnsaved').mockReturnValue(true)
    serverHas('new')
    setHidden(true)
    await lookForBuild(true)
    expect(page.reloadPage).not.toHaveBeenCalled()
  })
})
