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

/** Names of values; the branches of a plural are words. */
function placeholders(text: string): string[] {
  return [...new Set([...text.matchAll(/(?<!(?:one|other) )\{(\w+)/g)].map(([, name = '']) => name))].sort()
}

describe('the catalogue', () => {
  const vietnamese = entriesOf('src/locales/vi.po')

  it('has both languages for every text', () => {
    const english = entriesOf('src/locales/en.po')
    expect(english.length).toBeGreaterThan(300)
    expect(vietnamese.map(([id]) => id).sort()).toEqual(english.map(([id]) => id).sort())
  })

  it('lacks no Vietnamese translation', () => {
    expect(vietnamese.filter(([, text]) => text === '').map(([id]) => id)).toEqual([])
  })

  it('keeps every placeholder in the translation', () => {
    const wrong = vietnamese.filter(([id, text]) => {
      const used = placeholders(text)
      return placeholders(id).some((name) => !used.includes(name))
    })
    expect(wrong).toEqual([])
  })

  it('shouts nowhere: no exclamation marks, no capitals throughout', () => {
    expect(vietnamese.filter((texts) => texts.some((text) => text.includes('!')))).toEqual([])
  })
})
