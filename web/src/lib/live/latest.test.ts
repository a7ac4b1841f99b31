import { beforeEach, describe, expect, it } from 'vitest'
import type { Snapshot } from '../api/types'
import { formatReading } from '../i18n'
import { LatestValues } from './latest'

type Row = Snapshot['series'][number]

describe('the newest values', () => {
  let latest: LatestValues
  let told: string[]

  const full = (...series: Row[]) => latest.apply(answer(true, series))
  const delta = (...series: Row[]) => latest.apply(answer(false, series))
  const answer = (whole: boolean, series: Row[]): Snapshot => ({
    cursor: 'e.1',
    next_poll_ms: 5000,
    full: whole,
    alerts_seq: 0,
    registry_seq: 1,
    presence_seq: 1,
    series,
  })

  beforeEach(() => {
    latest = new LatestValues()
    full([1, 1000, 8.6], [2, 1000, 60])
    told = []
    for (const id of [1, 2]) latest.subscribe(id, () => told.push(`series ${id}`))
    latest.subscribeAny(() => told.push('any'))
  })

  it('take from a delta what changed and keep the rest', () => {
    delta([2, 6000, 61])
    expect(latest.get(1)).toEqual({ tsMs: 1000, value: 8.6 })
    expect(latest.get(2)).toEqual({ tsMs: 6000, value: 61 })
  })

  it('tell only the cards whose series changed', () => {
    delta([2, 6000, 61])
    expect(told).toEqual(['series 2', 'any'])
  })

  it('tell a new time of the same value, and a new value of the same time', () => {
    delta([2, 6000, 60])
    expect(latest.get(2)).toEqual({ tsMs: 6000, value: 60 })
    delta([2, 6000, 61])
    expect(latest.get(2)).toEqual({ tsMs: 6000, value: 61 })
    expect(told).toEqual(['series 2', 'any', 'series 2', 'any'])
  })

  it('tell nobody of an answer that holds nothing new', () => {
    const before = latest.getVersion()
    delta([1, 1000, 8.6])
    delta()
    full([1, 1000, 8.6], [2, 1000, 60])
    expect(told).toEqual([])
    expect(latest.getVersion()).toBe(before)
  })

  it('lose the series that a full answer no longer names, and tell its card', () => {
    const before = latest.getVersion()
    full([1, 1000, 8.6])
    expect(latest.has(1)).toBe(true)
    expect(latest.has(2)).toBe(false)
    expect(latest.get(2)).toBeUndefined()
    expect(told).toEqual(['series 2', 'any'])
    expect(latest.getVersion()).toBe(before + 1)
  })

  it('keep the last value where an answer has none', () => {
    full([1, 1000, 8.6], [2, 7000, null])
    expect(latest.get(2)).toEqual({ tsMs: 1000, value: 60 })
    expect(told).toEqual([])
  })

  it('count yes as 1 and no as 0', () => {
    delta([1, 2000, true], [2, 2000, false])
    expect([latest.get(1)?.value, latest.get(2)?.value]).toEqual([1, 0])
  })

  it('no longer tell who has left', () => {
    latest = new LatestValues()
    const leave = latest.subscribe(1, () => told.push('left'))
    latest.subscribe(1, () => told.push('stays'))
    const leaveAny = latest.subscribeAny(() => told.push('left'))
    leave()
    leaveAny()
    delta([1, 2000, 1])
    expect(told).toEqual(['stays'])
  })

  it('are told all at once, each with its series and time', () => {
    expect(latest.all()).toEqual([
      [1, 1000, 8.6],
      [2, 1000, 60],
    ])
  })

  it('know which series somebody shows, and tell when one is shown that nobody showed', () => {
    latest = new LatestValues()
    const begun: number[][] = []
    const end = latest.onWatch(() => begun.push(latest.watched()))
    const leave = latest.subscribe(7, () => undefined)
    const other = latest.subscribe(7, () => undefined)
    latest.subscribe(8, () => undefined)
    expect(begun).toEqual([[7], [7, 8]])
    leave()
    expect(latest.watched()).toEqual([7, 8])
    other()
    expect(latest.watched()).toEqual([8])
    end()
    latest.subscribe(9, () => undefined)
    expect(begun).toHaveLength(2)
  })

  it('teach how many decimals a series has', () => {
    const flow = { id: 3, metric: 'flow', unit: 'm³/h' }
    delta([3, 1000, 8.25])
    expect(formatReading(flow, 8)).toBe(formatReading({ ...flow, id: null, decimals: 2 }, 8))
    expect(formatReading({ ...flow, id: 4 }, 8)).not.toBe(formatReading(flow, 8))
  })
})
