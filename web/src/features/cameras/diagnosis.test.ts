import { beforeEach, describe, expect, it } from 'vitest'

import { activateLanguage } from '@/lib/i18n'
import { aCamera } from '@/testing/factories'

import { findingWords } from './CameraDoctor'
import { addressesIn, diagnose, type Trial } from './diagnosis'

const heard = (has_sound: boolean) => aCamera().streams.map((each) => ({ ...each, has_sound }))
const FINE = {
  codec: 'H264',
  b_frames: false,
  key_frame_seconds: 1,
  sound_codec: 'PCMA',
  streams: heard(true),
}
const REACHED: Trial = {
  addresses: ['192.168.1.10'],
  connected: true,
  relayed: false,
  helped: false,
  refusal: null,
}
const never = () => false

const found = (camera: object, trial: Partial<Trial> = {}, host = 'belvedere.test') =>
  diagnose(aCamera({ ...FINE, ...camera }), { ...REACHED, ...trial }, host, never)
const todo = (...asked: Parameters<typeof found>) =>
  found(...asked)
    .filter(({ ok }) => !ok)
    .map(findingWords)

beforeEach(() => activateLanguage('en'))

describe('the check of a camera', () => {
  it('finds nothing to do where all is well, and says so of each', () => {
    expect(todo({})).toEqual([])
    expect(found({}).map(({ about }) => about)).toEqual(['udp', 'codec', 'b_frames', 'key_frames', 'sound'])
  })

  it.each([
    [{ b_frames: true }, {}, 'Baseline'],
    [{ key_frame_seconds: 8 }, {}, 'Key frames come every 8'],
    [{ codec: 'H265' }, {}, 'Set it to H.264'],
    [{ codec: 'H265', sub: { ...aCamera().sub, codec: 'H264' } }, {}, 'sub stream is shown instead'],
    [{ streams: heard(false), sound_codec: 'G726-32' }, {}, 'Set AAC'],
    [{}, { connected: false }, 'Open UDP there in the firewall'],
    [{}, { connected: false, helped: true }, 'Check its address, its secret'],
    [{}, { refusal: { code: 'too_many_viewers', detail: '' } }, 'too many people'],
  ])('of %o, reached %o, says what to do', (camera, trial, words) => {
    const sentences = todo(camera, trial)
    expect(sentences).toHaveLength(1)
    expect(sentences[0]).toContain(words)
  })

  it('compares the address in the bar with those of the server, where it is an address', () => {
    expect(todo({}, { connected: false }, '203.0.113.7')[0]).toContain('opened at 203.0.113.7, but')
    expect(todo({}, { connected: false }, '192.168.1.10')).toHaveLength(1)
    expect(found({}, {}, '203.0.113.7')[0]).toMatchObject({ about: 'address', ok: true })
    expect(found({}, { relayed: true }, '203.0.113.7')[0]).toMatchObject({ about: 'udp', way: 'relayed' })
    for (const host of ['127.0.0.1', '[::1]']) expect(found({}, {}, host)[0]).toMatchObject({ about: 'udp' })
    const six = { addresses: ['fd00::5'], connected: false }
    expect(todo({}, six, '[fd00::5]')).toHaveLength(1)
    expect(todo({}, six, '[fd00::6]')).toHaveLength(2)
  })

  it('says nothing of what is not known yet', () => {
    const young = {
      codec: '',
      b_frames: null,
      key_frame_seconds: null,
      sound_codec: '',
      streams: heard(false),
    }
    expect(found(young).map(({ about }) => about)).toEqual(['udp', 'sound'])
  })
})

it('reads the addresses of an answer, each once', () => {
  const line = (address: string, port: number) => `a=candidate:1 1 udp 2130706431 ${address} ${port} typ host`
  const sdp = [
    'v=0',
    line('192.168.1.10', 1),
    line('192.168.1.10', 2),
    line('127.0.0.1', 3),
    line('fd00::5', 4),
  ]
  expect(addressesIn(sdp.join('\r\n'))).toEqual(['192.168.1.10', 'fd00::5'])
})
