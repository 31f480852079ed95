/** Object store: recordings and other large files, by key. */
import type { Readable } from 'node:stream'

export interface PutObject {
  /** See {@link checkObjectKey}. No key may be a folder of another (`a` beside `a/b`). */
  readonly key: string
  readonly body: Readable | Uint8Array
  /** As in HTTP: `audio/wav`. */
  readonly contentType: string
  /** SHA-256 in hexadecimal that the body must have. Known beforehand, a store need not see the body twice. */
  readonly sha256?: string
}

export interface ObjectInfo {
  readonly key: string
  /** Bytes. */
  readonly size: number
  /** SHA-256 in hexadecimal. */
  readonly sha256: string
  readonly contentType: string
}

/** Bytes of an object, both ends inclusive, counted from 0. */
export interface ByteRange {
  readonly from: number
  readonly to?: number
}

export interface SignOptions {
  /** 7 days at most. The address is good for so long, and for up to 2 s more. */
  readonly expiresInMs: number
  /** Proposed to browsers as the name to save under; made harmless first. */
  readonly filename?: string
}

/**
 * Any operation may also throw {@link InvalidObjectRequestError}, {@link ObjectStoreRefusedError} or a retryable
 * {@link ObjectStoreUnavailableError}.
 */
export interface ObjectStore {
  /**
   * Stores an object, replacing one of the same key; readers see the old or the new one, whole. Resolves when it is
   * durable and its checksum is proven. Throws {@link ChecksumMismatchError}, or the error of `body` itself; whenever it
   * throws because of the body, nothing is stored and what was there stays. After an unavailable store it is unknown
   * whether the object is stored: put it again.
   */
  put(object: PutObject): Promise<ObjectInfo>
  /** Undefined when there is no such object. */
  head(key: string): Promise<ObjectInfo | undefined>
  /**
   * The bytes from `from` to `to` (all by default). A `to` past the end means the end; a `from` past it gives no bytes.
   * Throws {@link ObjectNotFoundError}. The stream never ends early: it fails when bytes are missing, and, when the
   * whole object was asked for, ends with {@link ChecksumMismatchError} when they are not those that were put.
   */
  get(key: string, range?: ByteRange): Promise<Readable>
  /**
   * An address that gives the object (GET, also by range) to whoever has it, without further proof, until it expires.
   * Does not look whether the object is there.
   */
  signUrl(key: string, options: SignOptions): Promise<string>
  /** Deletes an object; one that is not there does not matter. */
  delete(key: string): Promise<void>
  /** Waits for calls under way; afterwards the store is unavailable. Streams that are still being read may break. */
  close(): Promise<void>
}

/** There is no object of this key. */
export class ObjectNotFoundError extends Error {
  readonly code = 'OBJECT_NOT_FOUND'
  readonly retryable = false
}

/** The bytes are not those that were announced, or were damaged on the way or on the disk. */
export class ChecksumMismatchError extends Error {
  readonly code = 'CHECKSUM_MISMATCH'
  readonly retryable = true
}

/** The caller asked for what no store can do: a key, content type, checksum, range or expiry that is not valid. */
export class InvalidObjectRequestError extends Error {
  readonly code = 'INVALID_OBJECT_REQUEST'
  readonly retryable = false
}

/** The store will not: wrong credentials, missing rights, no such bucket. It stays so until somebody changes that. */
export class ObjectStoreRefusedError extends Error {
  readonly code = 'OBJECT_STORE_REFUSED'
  readonly retryable = false
}

/** The store cannot be reached, is busy or closed; the same call may succeed later. */
export class ObjectStoreUnavailableError extends Error {
  readonly code = 'OBJECT_STORE_UNAVAILABLE'
  readonly retryable = true
}
