// Writes schema.graphql, and the table of error codes in docs/errors.md, from the code; with --check tells whether they
// are up to date. Needs the built libs/graphql-api.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { errorTable, ERRORS_BEGIN, ERRORS_END, printApiSchema } from '@trunkline/graphql-api'

const errors = readFileSync('docs/errors.md', 'utf8')
const [head, rest] = errors.split(ERRORS_BEGIN)
const [, tail] = (rest ?? '').split(ERRORS_END)
if (tail === undefined) throw new Error('docs/errors.md lacks the markers of the table')
const files = {
  'schema.graphql': await printApiSchema(),
  'docs/errors.md': `${head}${ERRORS_BEGIN}\n\n${errorTable()}\n\n${ERRORS_END}${tail}`,
}
for (const [file, text] of Object.entries(files)) {
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue
  if (process.argv.includes('--check')) {
    process.stderr.write(`${file} differs from the code; run npm run schema and commit it\n`)
    process.exitCode = 1
  } else writeFileSync(file, text)
}
