// Writes src/generated/api.ts from the server's own schema; `--check` fails when it would change.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const TARGET = 'src/generated/api.ts'
const folder = mkdtempSync(join(tmpdir(), 'belvedere-schema-'))
const schema = join(folder, 'schema.yaml')
const python = process.env.BELVEDERE ?? '../.venv/bin/belvedere'
execFileSync(python, ['manage', 'spectacular', '--file', schema, '--validate'], { stdio: 'inherit' })
const generated = join(folder, 'api.ts')
execFileSync('npx', ['openapi-typescript', schema, '-o', generated, '--default-non-nullable=false'], {
  stdio: 'inherit',
})
const now = readFileSync(generated, 'utf8')
if (process.argv.includes('--check')) {
  if (readFileSync(TARGET, 'utf8') !== now) {
    console.error(`${TARGET} is not what the server's schema says. Run: npm run generate`)
    process.exit(1)
  }
} else writeFileSync(TARGET, now)
