/**
 * The catalogue in two parts: what the first page needs, and the rest, which comes with the pages that need it.
 *
 * `import('@/locales/vi.po?first')` and `?later`. While developing and in tests the first part has everything.
 */

import { getConfig } from '@lingui/conf'
import { createCompiledCatalog, getCatalogs } from '@lingui/cli/api'
import type { Plugin } from 'vite'
import { firstChunks } from './first-load.ts'

/** Features that no first page shows. Their texts are in the later part, unless something else has the same. */
export const LATER = ['rules', 'devices', 'settings', 'sensors'].map((name) => `src/features/${name}`)

const PART = /(\w+)\.po\?(first|later)$/

/** Units as the texts of both languages have them behind a value. */
const UNITS = 'ms|s|min|h|d|day|days|giây|phút|giờ|ngày|%|fps|px|kbit/s|Mbit/s|B|KB|kB|MB|GB'
const BEFORE_UNIT = new RegExp(`(?<=\\{\\w+\\}|#|\\d) (?=(?:${UNITS})(?![\\p{L}\\d]))`, 'gu')

/** A value and its unit stand on one line, in every text: `{seconds} s`, `# days`. */
export function keepUnits(text: string): string {
  return text.replace(BEFORE_UNIT, '\u00a0')
}

export function catalogueParts(): Plugin {
  const config = getConfig()
  let splits = false
  let first: Promise<Set<string>> | undefined

  /** The ids of all texts that the sources outside of LATER have. */
  async function findFirst(): Promise<Set<string>> {
    const later = LATER.map((folder) => `${config.rootDir}/${folder}/**`)
    const early = config.catalogs?.map((each) => ({ ...each, exclude: [...(each.exclude ?? []), ...later] }))
    const [catalog] = await getCatalogs({ ...config, catalogs: early })
    return new Set(Object.keys((await catalog?.collect()) ?? {}))
  }

  return {
    name: 'catalogue-parts',
    enforce: 'pre',
    configResolved({ command }) {
      splits = command === 'build'
    },
    async load(id) {
      const [, language, part] = PART.exec(id) ?? []
      if (language === undefined) return null
      this.addWatchFile(id.replace(/\?.*/, ''))
      const { sourceLocale = 'en', fallbackLocales = {} } = config
      const [catalog] = await getCatalogs(config)
      if (!catalog) return this.error('lingui.config.js names no catalogue')
      const { messages } = await catalog.getTranslations(language, { sourceLocale, fallbackLocales })
      const early = splits ? await (first ??= findFirst()) : new Set(Object.keys(messages))
      const chosen = Object.entries(messages)
        .filter(([text]) => early.has(text) === (part === 'first'))
        .map(([text, words]): [string, string] => [text, keepUnits(words)])
      const { source } = createCompiledCatalog(language, Object.fromEntries(chosen), { namespace: 'es' })
      return { code: source, moduleType: 'js' }
    },
    generateBundle(_options, bundle) {
      const early = firstChunks(bundle).flatMap(({ moduleIds }) => moduleIds)
      const wrong = early.filter((id) => LATER.some((folder) => id.includes(`/${folder}/`)))
      if (wrong.length > 0)
        this.error(`Loaded with the first page, but its texts come later: ${wrong.join(', ')}`)
    },
  }
}
