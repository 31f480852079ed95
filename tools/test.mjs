// `npm test`: everything there is to prove, in one go: servers installed, build, types, lint, generated artefacts, unit
// and integration tests. Ends with one line `N passed, N failed, N skipped`; a skipped test fails the run.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'trunkline-test-'))
const env = {
  ...process.env,
  // The pinned Node, wherever npm itself runs.
  PATH: [resolve('node_modules/.bin'), process.env.PATH].join(delimiter),
  NX_TUI: 'false',
}
const problems = []
const counts = { passed: 0, failed: 0, skipped: 0 }

function run(title, command, args, more = {}) {
  process.stdout.write(`\n=== ${title}\n`)
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', env: { ...env, ...more } })
  if (status === 0) return true
  problems.push(error === undefined ? `${title} (exit ${status})` : `${title} (${error.message})`)
  return false
}

function jest(project) {
  const file = join(folder, `${project}.json`)
  const args = ['node_modules/jest/bin/jest.js', '--selectProjects', project, '--json', `--outputFile=${file}`]
  // A test that failed may leave a server behind; the run ends all the same.
  args.push('--forceExit')
  // Much of a test's time is waiting for servers; Jest would take one worker less than there are cores.
  args.push('--maxWorkers', String(Math.max(2, availableParallelism() - 1)))
  run(`${project} tests`, 'node', args, {
    NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning',
  })
  if (!existsSync(file)) return
  const result = JSON.parse(readFileSync(file, 'utf8'))
  counts.passed += result.numPassedTests
  // A file that could not even be loaded holds tests that nobody counted: it is one failure.
  counts.failed += result.numFailedTests + result.numRuntimeErrorTestSuites
  counts.skipped += result.numPendingTests + result.numTodoTests
  if (result.numTotalTests === 0) problems.push(`${project}: no tests were found`)
}

if (existsSync('tools/install-servers.sh')) run('servers for tests', 'bash', ['tools/install-servers.sh'])
// By Nx, since the lint of module boundaries reads the project graph that it leaves behind.
if (run('build', 'nx', ['run-many', '-t', 'build', '--output-style=static'])) {
  run('types', 'node', ['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.base.json'])
  run('lint', 'node', ['node_modules/eslint/bin/eslint.js', '.'])
  run('format', 'node', ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'])
  run('generated artefacts', 'node', ['tools/generate.mjs', '--check'])
  jest('unit')
  jest('integration')
}
rmSync(folder, { recursive: true, force: true })

process.stdout.write('\n=== summary\n')
for (const problem of problems) process.stdout.write(`failed: ${problem}\n`)
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`)
process.exit(problems.length === 0 && counts.failed === 0 && counts.skipped === 0 && counts.passed > 0 ? 0 : 1)
