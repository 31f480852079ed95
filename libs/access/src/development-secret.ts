import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * A secret for development mode, that of tokens unless another file is named: random bytes in Base64 for URLs, kept in
 * the data folder, readable by its owner only, and made at first use. Safe when two processes start at once: the file
 * appears whole or not at all, and the first wins.
 */
export function developmentSecret(dataDir: string, { file: name = 'jwt-secret', bytes = 48 } = {}): string {
  const file = join(dataDir, name)
  const existing = readSecret(file)
  if (existing !== undefined) return existing
  mkdirSync(dataDir, { recursive: true })
  const draft = join(dataDir, `.${name}.${process.pid}.${randomBytes(6).toString('hex')}`)
  writeFileSync(draft, `${randomBytes(bytes).toString('base64url')}\n`, { mode: 0o600, flag: 'wx', flush: true })
  try {
    linkSync(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft, { force: true })
  }
  return readFileSync(file, 'utf8').trim()
}

function readSecret(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
