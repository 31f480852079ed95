// Writes the table of settings into docs/operations.md, or with --check tells whether it is up to date.
// Needs the built libs/runtime.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { settingsTable, TABLE_BEGIN, TABLE_END } from '@trunkline/runtime'

const file = 'docs/operations.md'
const before = existsSync(file)
  ? readFileSync(file, 'utf8')
  : `# Operations\n\n## Settings\n\n${TABLE_BEGIN}\n${TABLE_END}\n`
const [head, rest] = before.split(TABLE_BEGIN)
const [, tail] = (rest ?? '').split(TABLE_END)
if (tail === undefined) throw new Error(`${file} lacks the markers of the table`)
const after = `${head}${TABLE_BEGIN}\n\n${settingsTable()}\n\n${TABLE_END}${tail}`
if (process.argv.includes('--check')) {
  if (after !== before) {
    process.stderr.write(`${file}: the table of settings is out of date; run npm run generate\n`)
    process.exit(1)
  }
} else if (after !== before || !existsSync(file)) writeFileSync(file, after)
