import { expect, it, vi } from 'vitest'

import { iceServers } from './ice'

const SERVERS = [{ urls: ['turn:turn.example:3478'], username: '1700000000:3', credential: 'x' }]
const HOUR_MS = 3_600_000

it('asks for the servers once an hour, and again after an answer that did not come', async () => {
  const request = vi.fn<typeof fetch>()
  request.mockRejectedValueOnce(new TypeError('offline'))
  expect(await iceServers(request, 0)).toEqual([])
  request.mockResolvedValue(Response.json({}, { status: 503 }))
  expect(await iceServers(request, 1)).toEqual([])
  request.mockImplementation(() => Promise.resolve(Response.json({ iceServers: SERVERS })))
  expect(await iceServers(request, 2)).toEqual(SERVERS)
  expect(await iceServers(request, HOUR_MS)).toEqual(SERVERS)
  expect(request).toHaveBeenCalledTimes(3)
  expect(await iceServers(request, 2 * HOUR_MS)).toEqual(SERVERS)
  expect(request).toHaveBeenCalledTimes(4)
})
