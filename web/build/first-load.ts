/**
 * Tells the browser in the HTML of everything that the first page loads, so that no file waits for another to be run; and
 * gives the build a name, by which an open page sees that there is a newer one.
 */

import { createHash } from 'node:crypto'
import type { HtmlTagDescriptor, Plugin, Rolldown } from 'vite'

export function firstLoad(): Plugin {
  return {
    name: 'first-load',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle }) {
        const chunks = firstChunks(bundle ?? {})
        const scripts = chunks.map(({ fileName }) => fileName)
        const styles = chunks.flatMap(({ viteMetadata }) => [...(viteMetadata?.importedCss ?? [])])
        const missing = [...new Set([...scripts, ...styles])].filter((name) => !html.includes(`/${name}"`))
        const build = createHash('sha256')
          .update(
            Object.keys(bundle ?? {})
              .sort()
              .join(),
          )
          .digest('hex')
          .slice(0, 16)
        const name = { tag: 'meta', attrs: { name: 'build', content: build }, injectTo: 'head' } as const
        return [name, ...missing.map(linkTo)]
      },
    },
  }
}

function linkTo(name: string): HtmlTagDescriptor {
  const rel = name.endsWith('.css') ? 'stylesheet' : 'modulepreload'
  return { tag: 'link', attrs: { rel, crossorigin: true, href: `/${name}` }, injectTo: 'head' }
}

/** What is loaded for every first page: the small entry, `show` and all that these import; not the texts. */
export function firstChunks(bundle: Rolldown.OutputBundle): Rolldown.OutputChunk[] {
  const chunks = Object.values(bundle).filter((each) => each.type === 'chunk')
  const found = new Set(chunks.filter(({ isEntry, name }) => isEntry || name === 'show'))
  for (const chunk of found)
    for (const each of chunks) if (chunk.imports.includes(each.fileName)) found.add(each)
  return [...found]
}
