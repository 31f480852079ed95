// Writes docs/generated/openapi.json from the operations of the REST API; with --check tells whether it is up to date.
// Needs the built libs/command-http.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { openApiDocument, REST_OPERATIONS } from '@trunkline/command-http'

const file = 'docs/generated/openapi.json'
const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
const text = `${JSON.stringify(openApiDocument(REST_OPERATIONS, version), null, 2)}\n`
if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
  if (process.argv.includes('--check')) {
    process.stderr.write(`${file} differs from the code; run npm run openapi and commit it\n`)
    process.exitCode = 1
  } else writeFileSync(file, text)
}
