import { randomUUID } from 'node:crypto'
import { readdirSync, rmSync, statSync } from 'node:fs'
import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { InvalidObjectRequestError, type ObjectInfo, type ObjectSource } from '@trunkline/ports'
import { codeOf } from './folder-errors.js'
import { trailer } from './object-file.js'
import { makeFolder, pathOf, syncFolder, type KeyPath } from './object-folders.js'

/** Below the root; no key can name it, as keys have no `~`. */
export const INCOMING = '.incoming~'
/** A delete may remove a folder just before a file is moved into it: then make it again. */
const ATTEMPTS = 10

/**
 * Writes to a file aside, which becomes the object in one step when all of it is on the disk. Whatever fails or dies
 * before leaves what was there.
 */
export async function writeObject(at: KeyPath, source: ObjectSource, contentType: string): Promise<ObjectInfo> {
  const draft = join(at.root, INCOMING, randomUUID())
  try {
    const info = await writeDraft(draft, { key: at.key, source, contentType })
    await place(draft, at)
    return info
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

/** Removes files that no living writer can still be writing: untouched for `olderThanMs`. */
export function removeStaleDrafts(root: string, olderThanMs: number): void {
  const folder = join(root, INCOMING)
  for (const name of readdirSync(folder)) {
    const file = join(folder, name)
    // One that is gone meanwhile was another process's.
    const touchedMs = statSync(file, { throwIfNoEntry: false })?.mtimeMs
    if (touchedMs !== undefined && touchedMs < Date.now() - olderThanMs) rmSync(file, { force: true })
  }
}

interface Draft {
  readonly key: string
  readonly source: ObjectSource
  readonly contentType: string
}

async function writeDraft(draft: string, { key, source, contentType }: Draft): Promise<ObjectInfo> {
  const file = await open(draft, 'wx', 0o600)
  try {
    for await (const piece of source) await writeAll(file, piece)
    const info: ObjectInfo = { key, size: source.size, sha256: source.sha256, contentType }
    await writeAll(file, trailer(info))
    await file.sync()
    return info
  } finally {
    await file.close()
  }
}

async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length;) at += (await file.write(bytes, at)).bytesWritten
}

async function place(draft: string, at: KeyPath): Promise<void> {
  const target = pathOf(at)
  for (let attempt = 1; ; attempt++) {
    try {
      await makeFolder(at)
      await rename(draft, target)
      return await syncFolder(dirname(target))
    } catch (error) {
      const code = codeOf(error)
      if (code === 'EISDIR' || code === 'ENOTEMPTY' || code === 'EEXIST')
        throw new InvalidObjectRequestError(`object key ${at.key} cannot be stored: it is the folder of other objects`)
      if (code !== 'ENOENT' || attempt === ATTEMPTS) throw error
    }
  }
}
