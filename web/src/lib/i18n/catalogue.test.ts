import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { keepUnits } from '../../../build/catalogue'
import { formatDuration } from '.'

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

/** Words that readers took for something else; docs/dashboard.md names those to use instead. */
const AVOIDED = {
  vi: /tươi|(?<!thời |tiếp )điểm|chuỗi|số đọc|mất số(?! đo)|chỉ số|hỏi vòng|coi là hết|chập chờn|cho đi qua|xoá thật|thôi gửi|không hiểu được|thấy lần cuối|mật khẩu đầu tiên|vì sao (đi|ở) đường|\bđường (có thể|nào|này)|ngoại tuyến|đường dẫn (mời|này)|người vận hành|chưa đặt chỗ|bản tin|\btin này|\bprofile\b/iu,
  en: /\broads?\b|^taken|^picture since|^rules raised|\bchannels?\b|\bpolling\b/iu,
}
const LETTERS_OF_VIETNAMESE = /[ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ]/iu
/** Names that are Vietnamese in every language, as examples. */
const EXAMPLE_NAMES = /Hà Nội/g

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

  it('uses the words that readers understand', () => {
    expect(vietnamese.filter(([, text]) => AVOIDED.vi.test(text))).toEqual([])
    expect(vietnamese.filter(([id]) => AVOIDED.en.test(id))).toEqual([])
  })

  it('has no Vietnamese in the English texts', () => {
    const mixed = vietnamese.filter(([id]) => LETTERS_OF_VIETNAMESE.test(id.replaceAll(EXAMPLE_NAMES, '')))
    expect(mixed).toEqual([])
  })

  it('leaves no English sentence as its own translation', () => {
    const same = vietnamese.filter(([id, text]) => id === text && /[a-z]{2,} [a-z]{2,} [a-z]{2,}/i.test(id))
    expect(same).toEqual([])
  })

  it('keeps a value and its unit on one line', () => {
    expect(formatDuration(828_000)).toBe('13\u00a0phút 48\u00a0giây')
    const units = 'giây|phút|giờ|ngày|s|min|h|d|%'
    const apart = new RegExp(`(\\{\\w+\\}|#|\\d) (${units})(?![\\p{L}\\d])`, 'u')
    expect(vietnamese.flat().filter((text) => apart.test(keepUnits(text)))).toEqual([])
    expect(vietnamese.flat().filter((text) => apart.test(text)).length).toBeGreaterThan(20)
  })
})
