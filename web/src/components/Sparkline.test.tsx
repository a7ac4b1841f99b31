import { render } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import { Sparkline } from './Sparkline'

function strokes(element: React.ReactElement): string[] {
  const { container } = render(element)
  return [...container.querySelectorAll('path')].map((path) => path.getAttribute('d') ?? '')
}

describe('a sparkline', () => {
  it('draws a short excursion that its averages hide, up to the top', () => {
    const paths = strokes(
      <Sparkline values={[4, 4.2, 4, 4, 4]} peaks={{ lows: {}, highs: { '1': 9.2 } }} threshold={8} />,
    )
    expect(paths).toContain('M50.0,26.1V3.0')
  })

  it('draws an excursion downwards too, and none of a state that is on or off', () => {
    const peaks = { lows: { '2': -30 }, highs: {} }
    expect(strokes(<Sparkline values={[-18, -18, -18, -18, -18]} peaks={peaks} />)).toContain(
      'M100.0,3.0V27.0',
    )
    const door = strokes(
      <Sparkline values={[0.1, 0, 0, 0, 0]} peaks={{ lows: {}, highs: { '0': 1 } }} step />,
    )
    expect(door.some((path) => path.includes('V'))).toBe(false)
  })
})
