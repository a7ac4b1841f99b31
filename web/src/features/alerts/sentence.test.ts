import { beforeEach, describe, expect, it } from 'vitest'
import { activateLanguage } from '@/lib/i18n'
import { alertDetailWords, alertTitle } from '@/lib/words'
import { anAlert, NOW_MS } from '@/testing/factories'
import { isValueSince, lifeWords, totalWords, waitingWords } from './sentence'

const MINUTE = 60_000
const OPENED = NOW_MS - 10 * MINUTE
const ABOVE = anAlert({
  condition: { kind: 'above', level: 8 },
  value: 8.3,
  peak: 9.2,
  peak_ms: OPENED + 2 * MINUTE,
  opened_ms: OPENED,
  spans: [[OPENED, null]],
})
const WAITED = anAlert({ ...ABOVE, condition: { kind: 'above', level: 8, for_seconds: 60 } })
const OVER = anAlert({
  ...ABOVE,
  state: 'resolved',
  resolved_ms: OPENED + 5 * MINUTE,
  cleared_value: 7.4,
  spans: [[OPENED, OPENED + 5 * MINUTE]],
})

describe('what an alert says', () => {
  beforeEach(() => activateLanguage('vi'))

  it('while it is open: what raised it, and what is now', () => {
    expect(lifeWords(ABOVE, 'Nhiệt độ', '7,7\u00a0°C', NOW_MS)).toBe(
      'Báo lúc 14:22:08: Nhiệt độ 8,3\u00a0°C, trên 8\u00a0°C. Bây giờ 7,7\u00a0°C.',
    )
  })

  it('calls no value the present one that is older than the raise', () => {
    expect(isValueSince(ABOVE, { tsMs: OPENED - 4_000, value: 6.1 })).toBe(false)
    expect(isValueSince(ABOVE, { tsMs: OPENED, value: 9.2 })).toBe(true)
    // A rule that waits raises between two readings.
    expect(isValueSince(WAITED, { tsMs: OPENED - 4_000, value: 8.3 })).toBe(true)
  })

  it('once it is over: from when to when, the worst and when, and what ended it', () => {
    expect(lifeWords(OVER, 'Nhiệt độ', '4,3\u00a0°C', NOW_MS)).toBe(
      'Đã trên 8\u00a0°C từ 14:22:08 đến 14:27:08, cao nhất 9,2\u00a0°C lúc 14:24:08, về 7,4\u00a0°C.',
    )
  })

  it('of several spans: how often, and the sum of their lengths', () => {
    const spans = [
      [OPENED, OPENED + MINUTE],
      [OPENED + 4 * MINUTE, OPENED + 5 * MINUTE],
    ]
    const twice = { ...OVER, flaps: 1, spans }
    expect(lifeWords(twice, 'Nhiệt độ', null, NOW_MS)).toMatch(
      /^Đã trên 8\u00a0°C 2 lần từ 14:22:08 đến 14:27:08, tổng 2\u00a0phút,/,
    )
    expect(totalWords({ ...twice, spans_joined: 3 }, NOW_MS)).toBe('nhiều nhất 2\u00a0phút')
  })

  it('with a wait, a clear level or a person at its end: when it was raised, not how long the value was beyond', async () => {
    const words = 'Báo từ 14:22:08 đến 14:27:08: Nhiệt độ trên 8\u00a0°C'
    expect(lifeWords({ ...OVER, resolved_by: 'Bob' }, 'Nhiệt độ', null, NOW_MS)).toContain(
      `${words}, cao nhất`,
    )
    const cleared = { ...OVER, condition: { kind: 'above', level: 8, clear: 7.5 } } as const
    expect(lifeWords(cleared, 'Nhiệt độ', null, NOW_MS)).toContain(`${words}, cao nhất`)
    const door = {
      ...OVER,
      metric: 'door',
      unit: '',
      condition: { kind: 'is_true', for_seconds: 240 },
    } as const
    expect(lifeWords(door, 'Cửa', null, NOW_MS)).toBe('Báo từ 14:22:08 đến 14:27:08: Cửa mở quá 4\u00a0phút.')
    const open = { ...door, state: 'open', resolved_ms: null } as const
    expect(lifeWords(open, 'Cửa', null, NOW_MS)).toBe('Báo lúc 14:22:08: Cửa mở quá 4\u00a0phút.')
    await activateLanguage('en')
    expect(lifeWords({ ...door, flaps: 1, spans_joined: 1 }, 'Door', null, NOW_MS)).toBe(
      'Raised 2 times between 14:22:08 and 14:27:08, at most 5\u00a0min in all: Door open for over 4\u00a0min.',
    )
  })

  it('nothing of a value that did not end it', () => {
    expect(lifeWords({ ...OVER, cleared_value: null }, 'Nhiệt độ', null, NOW_MS)).not.toContain('về')
  })

  it('tells the waiting of the rule apart', () => {
    expect(waitingWords(WAITED)).toBe('báo sau 1\u00a0phút chờ của quy tắc')
    expect(waitingWords(anAlert({ condition: { kind: 'above', level: 8 } }))).toBeNull()
  })

  it('of a camera: which, and what is wrong with it', () => {
    const condition = { kind: 'camera_offline', code: 'bad_login', reason: 'x', never_live: true } as const
    const gate = anAlert({ title: 'Cổng', camera: 'gate', metric: '', condition })
    expect(alertTitle(gate)).toBe('Camera Cổng: chưa kết nối được')
    expect(alertDetailWords(gate)).toBe('Camera không nhận tên hoặc mật khẩu')
    expect(alertTitle({ ...gate, condition: { ...condition, never_live: false } })).toBe(
      'Camera Cổng: mất hình',
    )
  })

  it('of a ready rule: its name in the language of the page; of any other, as people wrote it', async () => {
    const ready = anAlert({ title: 'Rò nước', title_code: 'water_leak' })
    expect(alertTitle(ready)).toBe('Rò nước')
    await activateLanguage('en')
    expect(alertTitle(ready)).toBe('Water leak')
    expect(alertTitle({ ...ready, title: 'Rò nước', title_code: '' })).toBe('Rò nước')
    const of_a_newer_server = { ...ready, title_code: 'flood' } as unknown as typeof ready
    expect(alertTitle(of_a_newer_server)).toBe('Rò nước')
  })

  it('in English of a door: was open, and not that it is', async () => {
    await activateLanguage('en')
    const door = anAlert({ ...OVER, metric: 'door', unit: '', condition: { kind: 'is_true' } })
    expect(lifeWords(door, 'Door', null, NOW_MS)).toBe('Was open from 14:22:08 to 14:27:08.')
  })
})
