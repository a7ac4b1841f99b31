import { formatter } from '@lingui/format-po'

/** English is the source, written in the code; its Vietnamese translation is in src/locales/vi.po. */
export default {
  sourceLocale: 'en',
  locales: ['en', 'vi'],
  catalogs: [
    { path: '<rootDir>/src/locales/{locale}', include: ['src'], exclude: ['**/*.test.*', '**/testing/**'] },
  ],
  format: formatter({ lineNumbers: false, origins: false }),
  compileNamespace: 'ts',
}
