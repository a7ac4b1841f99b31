import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { reasonWords } from './reasons'

const SERVER = resolve(process.cwd(), '../belvedere/alerts')

describe('why an alert ended by itself', () => {
  it('has words for each reason that the server notes', () => {
    const code = readdirSync(SERVER)
      .filter((name) => name.endsWith('.py'))
      .map((name) => readFileSync(resolve(SERVER, name), 'utf8'))
      .join('\n')
    const found = [...code.matchAll(/(?:[( ]text=|now_ms\(\), )"([^"]+\.)"/g)].map((match) => match[1] ?? '')
    expect(found).toContain('Outside the schedule of the rule.')
    for (const reason of found) expect(reasonWords(reason), reason).not.toBe('')
  })
})
