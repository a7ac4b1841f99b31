import { describe, expect, it } from 'vitest'
import { aRule } from '@/testing/factories'
import { ruleWords } from './words'

const where = { unit: '', place: 'Kho lạnh 1' }

describe('a rule in one line', () => {
  it('says of a state how long it may last, and of a value how long it has to', () => {
    const open = aRule({ metric: 'door', condition: { kind: 'is_true', for_seconds: 20 } })
    const warm = aRule({ metric: 'temperature', condition: { kind: 'above', level: 8, for_seconds: 20 } })
    expect(ruleWords(open, where)).toBe('Cửa mở quá 20\u00a0giây, Kho lạnh 1')
    expect(ruleWords(warm, { ...where, unit: '°C' })).toBe(
      'Nhiệt độ trên 8\u00a0°C trong 20\u00a0giây, Kho lạnh 1',
    )
  })
})
