import { formatter } from '@lingui/format-po'

/** Vietnamese is the source, written in the code; English lives in src/locales/en.po. */
export default {
  sourceLocale: 'vi',
  locales: ['vi', 'en'],
  catalogs: [
    { path: '<rootDir>/src/locales/{locale}', include: ['src'], exclude: ['**/*.test.*', '**/testing/**'] },
  ],
  format: formatter({ lineNumbers: false, origins: false }),
  compileNamespace: 'ts',
}
