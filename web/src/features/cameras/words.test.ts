import { expect, it } from 'vitest'
import { latencyWords } from './words'

it('no picture is said to take no time', () => {
  expect(latencyWords(120)).toBe('0,12\u00a0giây')
  expect(latencyWords(2.4)).toBe('0,01\u00a0giây')
})
