/** Where a key lies below the root. No step on the way may be a symbolic link: nothing outside is read or written. */
import { lstat, mkdir, open, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { InvalidObjectRequestError, ObjectStoreRefusedError } from '@trunkline/ports'
import { codeOf } from './folder-errors.js'

export interface KeyPath {
  /** Real path of the folder that holds all objects. */
  readonly root: string
  /** Already checked by `checkObjectKey`. */
  readonly key: string
}

export function pathOf({ root, key }: KeyPath): string {
  return join(root, ...key.split('/'))
}

/** Whether the folder of a key is there. Throws {@link ObjectStoreRefusedError} when the way leads over a link. */
export async function hasFolder(at: KeyPath): Promise<boolean> {
  for (const folder of foldersOf(at)) if ((await kindOf(folder)) !== 'folder') return false
  return true
}

/** Makes the folder of a key, durably. Another key that is an object itself cannot be made a folder. */
export async function makeFolder(at: KeyPath): Promise<void> {
  for (const folder of foldersOf(at)) {
    let kind = await kindOf(folder)
    if (kind === 'nothing') {
      await mkdir(folder, { mode: 0o700 }).catch(unless('EEXIST'))
      await syncFolder(dirname(folder))
      kind = await kindOf(folder)
    }
    if (kind === 'file')
      throw new InvalidObjectRequestError(`object key ${at.key} cannot be stored: a part of it is an object itself`)
  }
}

/** Removes the folders of a key that have become empty. */
export async function dropEmptyFolders(at: KeyPath): Promise<void> {
  for (const folder of foldersOf(at).toReversed()) {
    try {
      await rmdir(folder)
    } catch {
      return
    }
  }
}

/** Makes a new name in a folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function foldersOf({ root, key }: KeyPath): string[] {
  const names = key.split('/').slice(0, -1)
  return names.map((_, index) => join(root, ...names.slice(0, index + 1)))
}

async function kindOf(path: string): Promise<'folder' | 'file' | 'nothing'> {
  const stat = await lstat(path).catch(unless('ENOENT', 'ENOTDIR'))
  if (stat === undefined) return 'nothing'
  if (stat.isSymbolicLink())
    throw new ObjectStoreRefusedError(`${path} is a symbolic link: objects are not looked for behind it`)
  return stat.isDirectory() ? 'folder' : 'file'
}

function unless(...codes: readonly string[]): (error: unknown) => undefined {
  return (error) => {
    if (!codes.includes(codeOf(error) ?? '')) throw error
    return undefined
  }
}
