import { describe, expect, it } from 'vitest'

import { chosenFrom, withChosen } from './ranges'

const of = (text: string) => chosenFrom(new URLSearchParams(text))

describe('the range in the URL', () => {
  it('is a name or two moments; anything else is the last day', () => {
    expect(of('range=7d')).toBe('7d')
    expect(of('from=1000&to=2000')).toEqual({ from: 1000, to: 2000 })
    for (const bad of ['', 'range=2w', 'from=2000&to=1000', 'from=5', 'from=a&to=b', 'from=-1&to=4']) {
      expect(of(bad)).toBe('24h')
    }
  })

  it('replaces the range before it and leaves the rest of the URL', () => {
    const own = withChosen(new URLSearchParams('range=7d&compare=day'), { from: 1, to: 2 })
    expect(own.toString()).toBe('compare=day&from=1&to=2')
    expect(withChosen(own, '1h').toString()).toBe('compare=day&range=1h')
  })
})
