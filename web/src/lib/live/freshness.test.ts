import { describe, expect, it } from 'vitest'
import { freshnessOf } from './freshness'

const NOW_MS = 1_763_900_000_000
const BUDGET_MS = 10_000

function at(ageMs: number, rest = {}) {
  return freshnessOf({ tsMs: NOW_MS - ageMs, budgetMs: BUDGET_MS, nowMs: NOW_MS, ...rest })
}

describe('freshness', () => {
  it('is fresh up to the budget itself', () => {
    expect(at(BUDGET_MS).state).toBe('fresh')
    expect(at(BUDGET_MS + 1).state).toBe('late')
  })

  it('is late up to three budgets, stale after', () => {
    expect(at(3 * BUDGET_MS).state).toBe('late')
    expect(at(3 * BUDGET_MS + 1).state).toBe('stale')
  })

  it('is stale while we are offline, and the age goes on counting', () => {
    expect(at(4000, { offline: true })).toEqual({ state: 'stale', ageMs: 4000, aheadMs: 0 })
  })

  it('names a device clock that runs more than two seconds ahead', () => {
    expect(at(-2000).state).toBe('fresh')
    expect(at(-12_000)).toEqual({ state: 'skewed', ageMs: 0, aheadMs: 12_000 })
  })

  it('has a word for no reading at all', () => {
    expect(freshnessOf({ tsMs: undefined, budgetMs: BUDGET_MS, nowMs: NOW_MS }).state).toBe('none')
  })
})
