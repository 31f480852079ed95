// Brings a real S3-compatible server (S3Proxy) for tests and benchmarks: the jars that infra/s3/pom.xml names, by Maven,
// under node_modules/.cache/s3-server. Done once; needs `mvn` and `java` (17 or newer).
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(import.meta.dirname, '..')
const pom = join(root, 'infra/s3/pom.xml')

/** Folder of the jars. Named after the pom, so that a new version is a new folder. */
export function s3ServerFolder() {
  const version = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12)
  return join(root, 'node_modules/.cache/s3-server', version)
}

/** Installs what is missing and gives {@link s3ServerFolder}. Safe to run by several processes at once. */
export function installS3Server() {
  const folder = s3ServerFolder()
  if (existsSync(folder)) return folder
  mkdirSync(dirname(folder), { recursive: true })
  const draft = mkdtempSync(`${folder}-`)
  try {
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${draft}`]
    const { status, error, stdout, stderr } = spawnSync('mvn', ['-B', '-q', '-f', pom, ...goal], { encoding: 'utf8' })
    if (status !== 0) throw new Error(`mvn failed: ${error?.message ?? ''}\n${stdout ?? ''}${stderr ?? ''}`)
    renameSync(draft, folder)
  } catch (error) {
    // Another process may have been faster; then its work is as good as ours.
    if (!existsSync(folder)) throw error
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
  return folder
}

if (process.argv[1] === fileURLToPath(import.meta.url)) installS3Server()
