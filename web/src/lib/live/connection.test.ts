import { describe, expect, it } from 'vitest'
import type { SocketState } from './alertsSocket'
import { connectionOf } from './connection'
import type { PollState } from './poll'

const NOW_MS = 1_763_900_000_000

const POLL: PollState = {
  status: 'ok',
  deniedBy: null,
  lastOkMs: NOW_MS - 1000,
  failingSinceMs: null,
  retryAtMs: null,
  periodMs: 5000,
  p95Ms: null,
  marks: [],
  clockDoubt: null,
}
const SOCKET: SocketState = {
  status: 'live',
  downSinceMs: null,
  completeTo: 1482,
  knownTo: 1482,
  latencyMs: null,
  marks: [],
}

describe('what the page says about its line', () => {
  it('calls the first three seconds a hiccup', () => {
    const poll: PollState = { ...POLL, status: 'failing', failingSinceMs: NOW_MS - 2900 }
    expect(connectionOf(poll, SOCKET, null, NOW_MS).kind).toBe('reconnecting')
  })

  it('is offline since the last answer, not since it noticed', () => {
    const poll: PollState = {
      ...POLL,
      status: 'failing',
      failingSinceMs: NOW_MS - 3000,
      lastOkMs: NOW_MS - 8000,
    }
    expect(connectionOf(poll, SOCKET, null, NOW_MS)).toMatchObject({
      kind: 'offline',
      sinceMs: NOW_MS - 8000,
    })
  })

  it('stays ok without the socket: the poll names every event that is missing', () => {
    expect(connectionOf(POLL, { ...SOCKET, status: 'down' }, null, NOW_MS).kind).toBe('ok')
  })

  it('counts what was missed and what has come', () => {
    const catchUp = { backAtMs: NOW_MS - 500, awayMs: 130_000, fromSeq: 1476, completeAtMs: null }
    const socket = { ...SOCKET, completeTo: 1485, knownTo: 1490 }
    expect(connectionOf(POLL, socket, catchUp, NOW_MS)).toMatchObject({ kind: 'catchup', got: 9, missed: 14 })
  })

  it('needs no banner when nothing was missed', () => {
    const catchUp = { backAtMs: NOW_MS, awayMs: 130_000, fromSeq: 1482, completeAtMs: null }
    expect(connectionOf(POLL, SOCKET, catchUp, NOW_MS).kind).toBe('ok')
  })

  it('tells an ended session from lost rights', () => {
    expect(connectionOf({ ...POLL, status: 'denied', deniedBy: 401 }, SOCKET, null, NOW_MS)).toEqual({
      kind: 'denied',
      reason: 'session',
    })
    expect(connectionOf({ ...POLL, status: 'denied', deniedBy: 404 }, SOCKET, null, NOW_MS)).toEqual({
      kind: 'denied',
      reason: 'rights',
    })
  })
})
