/// <reference types="vitest/config" />
import { fileURLToPath } from 'node:url'
import { lingui } from '@lingui/vite-plugin'
import babel, { defineRolldownBabelPreset } from '@rolldown/plugin-babel'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const server = process.env.BELVEDERE_URL ?? 'http://127.0.0.1:8000'

/** Only files that use a macro pay for Babel. */
const linguiMacro = defineRolldownBabelPreset({
  preset: () => ({ plugins: ['@lingui/babel-plugin-lingui-macro'] }),
  rolldown: { filter: { code: /@lingui\/(core|react)\/macro/ } },
})

export default defineConfig({
  plugins: [react(), babel({ presets: [linguiMacro] }), lingui()],
  resolve: { alias: { '@': fileURLToPath(new URL('src', import.meta.url)) } },
  build: {
    outDir: '../belvedere/dashboard',
    emptyOutDir: true,
    target: 'es2022',
    // hls.js is large by nature and loads only when a camera needs it.
    chunkSizeWarningLimit: 650,
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
    // A loaded machine needs a multiple of what a quiet one does.
    testTimeout: 30_000,
  },
})
