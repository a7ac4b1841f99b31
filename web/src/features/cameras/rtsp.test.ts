import { expect, it } from 'vitest'

import { rtspPlace, rtspUrl } from './rtsp'

it('gives programs the address of the page, with the port that RTSP has', () => {
  const place = rtspPlace({ rtsp: { port: 8554, hosts: ['192.168.1.5'] } }, 'farm.local')
  expect(place).toEqual({ host: 'farm.local', port: 8554, onlyHere: false })
  expect(place && rtspUrl(place, 'gate', 'bvr_x')).toBe('rtsp://belvedere:bvr_x@farm.local:8554/gate')
})

it('says that other machines do not reach RTSP on loopback', () => {
  expect(rtspPlace({ rtsp: { port: 8554, hosts: [] } }, 'farm.local')).toEqual({
    host: '127.0.0.1',
    port: 8554,
    onlyHere: true,
  })
})

it('has no address where nothing is served by RTSP', () => {
  expect(rtspPlace({ rtsp: null }, 'farm.local')).toBeNull()
})
