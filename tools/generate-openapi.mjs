// Writes docs/generated/openapi.json from the operations of the REST API, and the table of error codes in docs/api.md; with
// --check tells whether they are up to date. Needs the built libs/command-http.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import {
  openApiDocument,
  REST_ERRORS_BEGIN,
  REST_ERRORS_END,
  REST_OPERATIONS,
  restErrorTable,
} from '@trunkline/command-http'

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
const [head, rest] = readFileSync('docs/api.md', 'utf8').split(REST_ERRORS_BEGIN)
const [, tail] = (rest ?? '').split(REST_ERRORS_END)
if (tail === undefined) throw new Error('docs/api.md lacks the markers of the table')
const files = {
  'docs/generated/openapi.json': `${JSON.stringify(openApiDocument(REST_OPERATIONS, version), null, 2)}\n`,
  'docs/api.md': `${head}${REST_ERRORS_BEGIN}\n\n${restErrorTable()}\n\n${REST_ERRORS_END}${tail}`,
}
for (const [file, text] of Object.entries(files)) {
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue
  if (process.argv.includes('--check')) {
    process.stderr.write(`${file} differs from the code; run npm run openapi and commit it\n`)
    process.exitCode = 1
  } else writeFileSync(file, text)
}
