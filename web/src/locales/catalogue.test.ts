import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

/** Pairs of text and translation of a PO file, without its header. */
function entriesOf(file: string): [string, string][] {
  const po = readFileSync(file, 'utf8')
  const unquote = (block: string) =>
    block
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as string)
      .join('')
  return [...po.matchAll(/msgid ((?:".*"\n)+)msgstr ((?:".*"\n?)+)/g)]
    .map(([, id = '', text = '']): [string, string] => [unquote(id), unquote(text)])
    .filter(([id]) => id !== '')
}

function placeholders(text: string): string[] {
  return [...new Set([...text.matchAll(/\{(\w+)/g)].map(([, name = '']) => name))].sort()
}

describe('the catalogue', () => {
  const english = entriesOf('src/locales/en.po')

  it('has both languages for every text', () => {
    const vietnamese = entriesOf('src/locales/vi.po')
    expect(vietnamese.length).toBeGreaterThan(300)
    expect(english.map(([id]) => id).sort()).toEqual(vietnamese.map(([id]) => id).sort())
  })

  it('lacks no English translation', () => {
    expect(english.filter(([, text]) => text === '').map(([id]) => id)).toEqual([])
  })

  it('keeps every placeholder in the translation', () => {
    const wrong = english.filter(([id, text]) => {
      const used = placeholders(text).filter((name) => name !== 'one' && name !== 'other')
      return placeholders(id).some((name) => !used.includes(name))
    })
    expect(wrong).toEqual([])
  })

  it('shouts nowhere: no exclamation marks, no capitals throughout', () => {
    expect(english.filter((texts) => texts.some((text) => text.includes('!')))).toEqual([])
  })
})
