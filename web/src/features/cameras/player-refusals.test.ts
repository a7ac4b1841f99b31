import { describe, expect, it } from 'vitest'

import { Unsupported } from './file-session'
import { fileRefused, filesNotOpened, whepRefused } from './player-refusals'
import { WhepRefused } from './whep'

const refused = (code: string, detail = '', more = {}) => ({ kind: 'refused', code, detail, ...more })
const passing = { passing: true }

describe('a refusal', () => {
  it.each([
    [new WhepRefused(401, 'not_authenticated', ''), 'denied'],
    [new WhepRefused(403, 'forbidden', ''), 'denied'],
    [new WhepRefused(403, 'bad_origin', 'x'), refused('bad_origin', 'x')],
    [new WhepRefused(409, 'camera_offline', 'x'), { kind: 'camera', code: 'camera_offline', detail: 'x' }],
    [new WhepRefused(409, 'h265', 'x'), refused('h265', 'x')],
    [new WhepRefused(503, 'busy', 'x'), refused('busy', 'x', passing)],
    [new WhepRefused(404, 'not_found', 'x'), refused('not_found', 'x', passing)],
    [new WhepRefused(0, 'unreachable', 'x'), { kind: 'unreachable' }],
    [new TypeError('x'), { kind: 'unreachable' }],
  ])('of WebRTC, %o, has its reason', (error, expected) => {
    const event = whepRefused(error)
    expect(event.type === 'failed' ? event.reason : event.type).toEqual(expected)
  })

  it.each([
    [401, 'denied'],
    [403, 'denied'],
    [404, refused('404')],
    [0, { kind: 'unreachable' }],
  ])('of HLS with the status %i has its reason', (status, expected) => {
    const event = fileRefused('llhls', status)
    expect(event.type === 'failed' ? event.reason : event.type).toEqual(expected)
  })

  it('tells a browser that plays no HLS from a player that does not come', () => {
    expect(filesNotOpened('dash', new Unsupported(''))).toMatchObject({
      transport: 'dash',
      reason: { kind: 'unsupported' },
    })
    expect(filesNotOpened('hls', new TypeError(''))).toMatchObject({ reason: { kind: 'unreachable' } })
  })
})
