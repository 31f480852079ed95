// Writes what the public contract consists of (docs/generated: JSON Schemas and AsyncAPI; the table in docs/events.md)
// from the declarations, or with --check tells whether it is up to date. Needs the built libs/contracts.
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import { contractFiles, EVENTS_BEGIN, EVENTS_END, eventsTable, isOlderSchema } from '@trunkline/contracts'

const FOLDER = 'docs/generated'
const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
const check = process.argv.includes('--check')
const files = Object.fromEntries(
  Object.entries(contractFiles(version)).map(([name, text]) => [`${FOLDER}/${name}`, text]),
)

const [head, rest] = readFileSync('docs/events.md', 'utf8').split(EVENTS_BEGIN)
const [, tail] = (rest ?? '').split(EVENTS_END)
if (tail === undefined) throw new Error('docs/events.md lacks the markers of the table')
files['docs/events.md'] = `${head}${EVENTS_BEGIN}\n\n${eventsTable()}\n\n${EVENTS_END}${tail}`

for (const [file, text] of Object.entries(files)) {
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue
  if (check) {
    process.stderr.write(`${file} differs from the declarations; run npm run contracts and commit it\n`)
    process.exitCode = 1
  } else {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
}
for (const file of globSync(`${FOLDER}/schemas/*.json`).sort()) {
  if (file in files || isOlderSchema(relative(FOLDER, file))) continue
  process.stderr.write(`${file} belongs to no declared event; remove it\n`)
  process.exitCode = 1
}
