// `npm run bench [-- NAME …]`: all benchmarks, or those named, one after the other.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const all = ['ingest', 'append', 'upsert', 'project', 'push', 'memory', 'kafka', 'objects', 'mysql']
const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !all.includes(name))
if (unknown.length > 0) {
  process.stderr.write(`no benchmark ${unknown.join(', ')}; there are ${all.join(', ')}\n`)
  process.exit(2)
}
let failed = false
for (const name of wanted.length > 0 ? wanted : all) {
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, `${name}.mjs`)], { stdio: 'inherit' })
  if (status !== 0) failed = true
}
process.exit(failed ? 1 : 0)
