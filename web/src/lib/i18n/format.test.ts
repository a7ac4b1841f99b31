import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  activateLanguage,
  formatAge,
  formatDateTime,
  formatDuration,
  formatExact,
  formatInput,
  formatNumber,
  formatValue,
  formatWeekday,
  parseNumber,
  setZone,
} from '.'

const AT_MS = Date.UTC(2025, 10, 23, 7, 32, 8)

describe('numbers and times', () => {
  beforeEach(() => setZone('Asia/Ho_Chi_Minh'))
  afterEach(() => activateLanguage('vi'))

  it('writes numbers the Vietnamese way, with a real minus', () => {
    expect(formatNumber(8.64)).toBe('8,6')
    expect(formatNumber(1411)).toBe('1.411')
    expect(formatValue(-18.6, '°C')).toBe('\u221218,6\u00a0°C')
    expect(formatNumber(-0.001, 1)).toBe('0')
  })

  it('writes numbers the English way after the language changed', async () => {
    await activateLanguage('en')
    expect(formatNumber(1411.2)).toBe('1,411')
    expect(formatNumber(0.123)).toBe('0.12')
  })

  it('keeps what is small, and writes it as a power of ten where zeros would hide it', () => {
    expect([formatNumber(0.0012), formatNumber(0.000021), formatNumber(-3e-9)]).toEqual([
      '0,0012',
      '2,1\u00a0×\u00a010⁻⁵',
      '\u22123\u00a0×\u00a010⁻⁹',
    ])
    expect([formatExact(8), formatExact(0.00002), formatExact(1234567.5)]).toEqual([
      '8',
      '2\u00a0×\u00a010⁻⁵',
      '1.234.567,5',
    ])
  })

  it('fills a field in the mark of the language and reads both marks and both minus signs', async () => {
    expect([formatInput(7.5), formatInput(-0.0000002), formatInput(null)]).toEqual(['7,5', '-0,0000002', ''])
    const read = ['8,5', '8.5', '\u221218', ' 7 ', '', 'tám', '1e9', '8,'].map(parseNumber)
    expect(read).toEqual([8.5, 8.5, -18, 7, null, null, null, null])
    await activateLanguage('en')
    expect(formatInput(7.5)).toBe('7.5')
  })

  it('shows the site’s time, not the reader’s', () => {
    expect(formatDateTime(AT_MS, true)).toBe('23/11/2025 14:32:08')
    setZone('Europe/London')
    expect(formatDateTime(AT_MS)).toBe('23/11/2025 07:32')
  })

  it('shortens the weekday', () => {
    expect(formatWeekday(AT_MS)).toBe('CN')
    expect(formatWeekday(AT_MS + 2 * 86_400_000)).toBe('T3')
  })

  it('says an age in its largest unit and a day-old one as a date', () => {
    expect(formatAge(400, AT_MS)).toBe('0,4\u00a0giây')
    expect(formatAge(14_900, AT_MS)).toBe('14\u00a0giây')
    expect(formatAge(6 * 60_000, AT_MS)).toBe('6\u00a0phút')
    expect(formatAge(3 * 3_600_000, AT_MS)).toBe('3\u00a0giờ')
    expect(formatAge(90_000_000, AT_MS)).toBe('23/11/2025 14:32')
  })

  it('says a duration in two units at most', () => {
    expect(formatDuration(828_000)).toBe('13\u00a0phút 48\u00a0giây')
    expect(formatDuration(12_480_000)).toBe('3\u00a0giờ 28\u00a0phút')
    expect(formatDuration(5000)).toBe('5\u00a0giây')
  })
})
