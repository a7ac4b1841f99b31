import { describe, expect, it } from 'vitest'

import { aRule } from '@/testing/factories'

import { conditionOf, draftOf, kindsFor, NEW_DRAFT, ruleOf, scopeOf } from './draft'

describe('a rule being written', () => {
  it('comes back from a saved rule unchanged', () => {
    for (const condition of [
      { kind: 'above', level: 8, clear: 6.5, for_seconds: 60 },
      { kind: 'outside', low: -2, high: 8, clear: 0.5, for_seconds: 0 },
      { kind: 'rate', per_minute: 0.4, direction: 'up', window_seconds: 300, for_seconds: 0 },
      { kind: 'no_data', for_seconds: 120 },
      { kind: 'is_true', for_seconds: 0 },
    ] as const) {
      expect(conditionOf(draftOf(aRule({ condition })))).toEqual({ condition })
    }
  })

  it('takes the level as the clear level when none is given', () => {
    const draft = { ...NEW_DRAFT, level: '35', clear: '' }
    expect(conditionOf(draft)).toMatchObject({ condition: { level: 35, clear: 35 } })
  })

  it('names the token that stands in the way', () => {
    expect(conditionOf({ ...NEW_DRAFT, level: '' })).toEqual({ errors: { level: 'missing' } })
    expect(conditionOf({ ...NEW_DRAFT, level: '8', clear: '9' })).toEqual({ errors: { clear: 'order' } })
    expect(conditionOf({ ...NEW_DRAFT, kind: 'below', level: '8', clear: '7' })).toEqual({
      errors: { clear: 'order' },
    })
    expect(conditionOf({ ...NEW_DRAFT, kind: 'outside', low: '9', high: '8' })).toMatchObject({
      errors: { high: 'order' },
    })
    expect(conditionOf({ ...NEW_DRAFT, kind: 'no_data', forAmount: '0' })).toEqual({
      errors: { forAmount: 'short' },
    })
    expect(conditionOf({ ...NEW_DRAFT, level: '8', forAmount: '25', forUnit: 'h' })).toEqual({
      errors: { forAmount: 'long' },
    })
    const nights = { ...NEW_DRAFT, name: 'x', level: '8', scheduled: true, days: [], end: '' } as const
    expect(ruleOf(nights)).toEqual({ errors: { days: 'missing', end: 'missing' } })
  })

  it('writes a wait in the unit that people would use', () => {
    const held = (for_seconds: number) => {
      const { forAmount, forUnit } = draftOf(aRule({ condition: { kind: 'is_true', for_seconds } }))
      return `${forAmount} ${forUnit}`
    }
    expect([0, 90, 300, 7200].map(held)).toEqual(['0 s', '90 s', '5 min', '2 h'])
    const typed = { ...NEW_DRAFT, level: '8', forAmount: '1,5', forUnit: 'h' } as const
    expect(conditionOf(typed)).toMatchObject({ condition: { for_seconds: 5400 } })
  })

  it('keeps the hours of a rule, the days in the order of the week', () => {
    const rule = aRule({ schedule: { days: ['mon', 'sun'], start: '22:00', end: '06:00' }, applies: 'away' })
    const draft = draftOf(rule)
    const saved = ruleOf({ ...draft, days: ['sun', 'mon'] })
    expect(saved).toMatchObject({ rule: { schedule: rule.schedule, applies: 'away' } })
    expect(ruleOf({ ...draft, scheduled: false })).toMatchObject({ rule: { schedule: null } })
  })

  it('knows where it looks: one series, a device, or the whole site', () => {
    expect(scopeOf({ ...NEW_DRAFT, scope: '' })).toEqual({ device: null, series: null })
    expect(scopeOf({ ...NEW_DRAFT, scope: 'series:3' })).toEqual({ device: null, series: 3 })
    expect(scopeOf({ ...NEW_DRAFT, scope: 'device:kho:1' })).toEqual({ device: 'kho:1', series: null })
  })

  it('offers a door no threshold', () => {
    expect(kindsFor(true)).not.toContain('above')
  })
})
