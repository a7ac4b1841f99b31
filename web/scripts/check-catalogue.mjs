// Fails when a text of the code is missing from the catalogue, or a text of the catalogue has no Vietnamese.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

const files = ['src/locales/en.po', 'src/locales/vi.po']
const idsOf = (po) =>
  [...po.matchAll(/(?:msgctxt (?:".*"\n)+)?msgid (?:".*"\n)+/g)].map(([block]) => block).sort()
const before = files.map((file) => readFileSync(file, 'utf8'))
let after
try {
  execFileSync('npx', ['lingui', 'extract', '--clean'], { stdio: 'pipe' })
  after = files.map((file) => readFileSync(file, 'utf8'))
} finally {
  files.forEach((file, index) => writeFileSync(file, before[index]))
}
const stale = files.filter((_, index) => idsOf(before[index]).join() !== idsOf(after[index]).join())
const untranslated = [...after[1].matchAll(/msgid ((?:".*"\n)+)msgstr ""\n(?!")/g)]
  .map(([, id]) => id.trim())
  .filter((id) => id !== '""')
if (stale.length > 0) console.error(`Out of date: ${stale.join(', ')}. Run: npm run i18n`)
for (const id of untranslated) console.error(`No Vietnamese for ${id}`)
process.exit(stale.length + untranslated.length > 0 ? 1 : 0)
