/// <reference types="vitest/config" />
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { lingui } from '@lingui/vite-plugin'
import babel, { defineRolldownBabelPreset } from '@rolldown/plugin-babel'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'
import { catalogueParts } from './build/catalogue.ts'
import { firstLoad } from './build/first-load.ts'

const server = process.env.BELVEDERE_URL ?? 'http://127.0.0.1:8000'

/** Only files that use a macro pay for Babel. */
const linguiMacro = defineRolldownBabelPreset({
  preset: () => ({ plugins: ['@lingui/babel-plugin-lingui-macro'] }),
  rolldown: { filter: { code: /@lingui\/(core|react)\/macro/ } },
})

/** A compressed twin beside each text; the server sends it to whoever accepts it. Fonts are compressed already. */
const gzipped: Plugin = {
  name: 'gzipped',
  apply: 'build',
  async writeBundle({ dir = '' }, bundle) {
    const texts = Object.keys(bundle).filter((name) => /\.(js|css)$/.test(name))
    for (const name of texts.map((each) => join(dir, each)))
      await writeFile(`${name}.gz`, gzipSync(await readFile(name), { level: 9 }))
  },
}

export default defineConfig({
  plugins: [
    react(),
    // Stryker works on copies below node_modules.
    babel({ presets: [linguiMacro], exclude: /\/node_modules\/(?!\.stryker\/)/ }),
    lingui(),
    catalogueParts(),
    firstLoad(),
    gzipped,
  ],
  resolve: { alias: { '@': fileURLToPath(new URL('src', import.meta.url)) } },
  build: {
    outDir: '../belvedere/dashboard',
    emptyOutDir: true,
    target: 'es2022',
    // hls.js and dash.js are large by nature and load only when a camera needs them.
    chunkSizeWarningLimit: 850,
  },
  // The server compares Host with Origin: the proxy must not change it.
  server: {
    proxy: Object.fromEntries(
      ['/api', '/media', '/ws'].map((path) => [
        path,
        { target: server, changeOrigin: false, ws: path === '/ws' },
      ]),
    ),
  },
  test: {
    environment: 'jsdom',
    setupFiles: ['src/testing/setup.ts'],
    css: false,
    restoreMocks: true,
    // A document and all modules anew for each file cost twice as much as the tests; they pass in any order without.
    isolate: false,
    // What goes to a process and back, each module and each result, is written as text while the process waits.
    pool: 'threads',
    // A loaded machine needs a multiple of what a quiet one does.
    testTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
  },
})
