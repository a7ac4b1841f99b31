import js from '@eslint/js'
import importX from 'eslint-plugin-import-x'
import jsxA11y from 'eslint-plugin-jsx-a11y'
import reactHooks from 'eslint-plugin-react-hooks'
import globals from 'globals'
import tseslint from 'typescript-eslint'

const features = [
  'overview',
  'alerts',
  'auth',
  'settings',
  'sensors',
  'cameras',
  'devices',
  'rules',
  'freshness',
  'search',
]

/** app -> features -> components -> lib; a feature never imports another: app/ composes them. */
const zones = [
  { target: './src/lib', from: ['./src/app', './src/features', './src/components'] },
  { target: './src/components', from: ['./src/app', './src/features'] },
  { target: './src/features', from: './src/app' },
  ...features.map((name) => ({
    target: `./src/features/${name}`,
    from: './src/features',
    except: [`./${name}`],
  })),
]

/** Words that no language file knows: a text beside `t`. Names, code and addresses are no words. */
const message = 'Write words with t, so that they exist in both languages.'
const words = '[value=/\\p{L}{2}/u]:not([value=/^\\s*(Belvedere|rtsp:)/])'
const heard = '/^(aria-label|aria-description|title|placeholder|alt|label|description)$/'
const untranslated = [
  { selector: `JSXElement:not([openingElement.name.name="code"]) > JSXText${words}`, message },
  { selector: `JSXElement > JSXExpressionContainer > Literal${words}`, message },
  { selector: `JSXAttribute[name.name=${heard}] > Literal${words}`, message },
]

export default tseslint.config(
  { ignores: ['src/generated/**', 'src/locales/**', 'public/**'] },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [
      tseslint.configs.strictTypeChecked,
      jsxA11y.flatConfigs.strict,
      reactHooks.configs.flat['recommended-latest'],
    ],
    plugins: { 'import-x': importX },
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
      globals: globals.browser,
    },
    settings: { 'import-x/resolver': { typescript: true } },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // An async handler of a DOM event is ordinary; its failures are handled where the mutation is.
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
    },
  },
  {
    files: ['src/**/*.tsx'],
    ignores: ['**/*.test.tsx', 'src/testing/**'],
    rules: { 'no-restricted-syntax': ['error', ...untranslated] },
  },
  { files: ['**/*.{js,mjs}'], languageOptions: { globals: globals.node } },
)
