import { constants, open, type FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { checkedRead, type ByteRange, type ObjectInfo } from '@trunkline/ports'
import { codeOf, translate } from './folder-errors.js'
import { readInfo } from './object-file.js'
import { hasFolder, pathOf, type KeyPath } from './object-folders.js'

/** A file that is read in pieces of this size, bytes. */
const PIECE = 256 * 1024
const NOT_THERE = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP'])

/** One state of one object: whoever replaces or deletes it meanwhile does not change what is read here. */
export interface OpenObject {
  readonly info: ObjectInfo
  /** Closes the file at its end. `range` must begin inside of the object. */
  read(range?: ByteRange): Readable
  close(): Promise<void>
}

/** Undefined when there is no such object. */
export async function openObject(at: KeyPath): Promise<OpenObject | undefined> {
  const file = await openFile(at)
  if (file === undefined) return undefined
  try {
    const info = await readInfo(file, at.key)
    return { info, close: () => file.close(), read: (range) => readFrom(file, info, range) }
  } catch (error) {
    await file.close()
    throw error
  }
}

async function openFile(at: KeyPath): Promise<FileHandle | undefined> {
  if (!(await hasFolder(at))) return undefined
  try {
    const file = await open(pathOf(at), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    if ((await file.stat()).isFile()) return file
    await file.close()
  } catch (error) {
    if (!NOT_THERE.has(codeOf(error) ?? '')) throw error
  }
  return undefined
}

function readFrom(file: FileHandle, info: ObjectInfo, range: ByteRange = { from: 0 }): Readable {
  const { key, size, sha256 } = info
  const end = Math.min(range.to ?? size - 1, size - 1)
  const whole = range.from === 0 && end === size - 1
  // A read stream cannot be asked for no bytes at all.
  const source =
    size === 0
      ? closing(file)
      : file.createReadStream({ start: range.from, end, highWaterMark: PIECE, autoClose: true })
  return checkedRead(source, { key, size: end + 1 - range.from, sha256: whole ? sha256 : undefined, translate })
}

function closing(file: FileHandle): Readable {
  return new Readable({
    read() {
      this.push(null)
    },
    destroy: (error, done) => void file.close().then(() => done(error), done),
  })
}
