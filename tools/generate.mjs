// Runs every generator of committed artefacts (tools/generate-*.mjs), with --check only compares. Needs the build.
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'

let failed = false
for (const file of globSync('tools/generate-*.mjs').sort()) {
  const { status } = spawnSync(process.execPath, [file, ...process.argv.slice(2)], { stdio: 'inherit' })
  if (status !== 0) {
    failed = true
    process.stderr.write(`${file} failed\n`)
  }
}
process.exit(failed ? 1 : 0)
