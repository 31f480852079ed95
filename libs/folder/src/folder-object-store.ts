import { mkdirSync, realpathSync } from 'node:fs'
import { unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import {
  ObjectNotFoundError,
  ObjectSource,
  ObjectStoreUnavailableError,
  checkExpiry,
  checkObjectKey,
  checkPut,
  checkRange,
  type ByteRange,
  type ObjectInfo,
  type ObjectStore,
  type PutObject,
  type SignOptions,
} from '@trunkline/ports'
import { codeOf, translate } from './folder-errors.js'
import { dropEmptyFolders, hasFolder, pathOf, syncFolder, type KeyPath } from './object-folders.js'
import { openObject } from './open-object.js'
import { signedAddress, type Signing } from './signed-address.js'
import { INCOMING, removeStaleDrafts, writeObject } from './write-object.js'

export interface FolderObjectStoreOptions {
  /** Made when missing. Several processes may share it, on one machine or over a network file system. */
  readonly directory: string
  readonly signing: Signing
  /** Age from which on, at opening, a half-written file counts as left behind by a process that died, ms; an hour by default. */
  readonly staleMs?: number
}

const HOUR_MS = 3600 * 1000
/** `unlink` of a folder says EISDIR on Linux and EPERM elsewhere (POSIX). */
const NOT_THERE = new Set(['ENOENT', 'ENOTDIR', 'EISDIR'])

/** Opens a store of one file per object, below `directory` and named as the key is. */
export function openFolderObjectStore(options: FolderObjectStoreOptions): ObjectStore {
  return new FolderObjectStore(options)
}

class FolderObjectStore implements ObjectStore {
  readonly #root: string
  readonly #signing: Signing
  readonly #running = new Set<Promise<unknown>>()
  #closed = false

  constructor({ directory, signing, staleMs = HOUR_MS }: FolderObjectStoreOptions) {
    if (signing.secret.length < 16) throw new TypeError('the secret that signs addresses has less than 16 characters')
    this.#signing = signing
    try {
      mkdirSync(join(directory, INCOMING), { recursive: true, mode: 0o700 })
      this.#root = realpathSync(directory)
      removeStaleDrafts(this.#root, staleMs)
    } catch (error) {
      throw translate(error)
    }
  }

  async put(object: PutObject): Promise<ObjectInfo> {
    const source = new ObjectSource(object)
    try {
      return await this.#run(async () => {
        checkPut(object)
        return writeObject(this.#at(object.key), source, object.contentType)
      })
    } catch (error) {
      source.discard()
      // An error of the body is told as it came: it is the caller's own.
      throw source.failure ?? error
    }
  }

  head(key: string): Promise<ObjectInfo | undefined> {
    return this.#run(async () => {
      checkObjectKey(key)
      const object = await openObject(this.#at(key))
      await object?.close()
      return object?.info
    })
  }

  get(key: string, range?: ByteRange): Promise<Readable> {
    return this.#run(async () => {
      checkObjectKey(key)
      checkRange(range)
      const object = await openObject(this.#at(key))
      if (object === undefined) throw new ObjectNotFoundError(`there is no object ${key}`)
      if (range === undefined || range.from < object.info.size) return object.read(range)
      await object.close()
      return Readable.from([])
    })
  }

  async signUrl(key: string, options: SignOptions): Promise<string> {
    return this.#run(async () => {
      checkObjectKey(key)
      const expires = Math.ceil(Date.now() / 1000) + checkExpiry(options)
      return signedAddress(this.#signing, { key, expires, filename: options.filename?.toWellFormed() })
    })
  }

  delete(key: string): Promise<void> {
    return this.#run(async () => {
      checkObjectKey(key)
      const at = this.#at(key)
      if (!(await hasFolder(at))) return
      try {
        await unlink(pathOf(at))
        await syncFolder(dirname(pathOf(at)))
      } catch (error) {
        if (!NOT_THERE.has(codeOf(error) ?? '')) throw error
      }
      await dropEmptyFolders(at)
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled(this.#running)
  }

  #at(key: string): KeyPath {
    return { root: this.#root, key }
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new ObjectStoreUnavailableError('the object store is closed')
    const running = work()
    this.#running.add(running)
    try {
      return await running
    } catch (error) {
      throw translate(error)
    } finally {
      this.#running.delete(running)
    }
  }
}
