/** Object store: recordings and other large files, by key. */
import type { Readable } from 'node:stream'

export interface PutObject {
  /** Path-like: segments of letters, digits, `.`, `_`, `-`, `=`, joined by `/`; no segment `.` or `..`; at most 512 characters. */
  readonly key: string
  readonly body: Readable | Uint8Array
  readonly contentType: string
  /** SHA-256 in hexadecimal that the body must have. */
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

export interface ObjectStore {
  /**
   * Stores an object, replacing one of the same key; readers see the old or the new one, whole. Resolves when it is
   * durable and its checksum is proven. Throws {@link ChecksumMismatchError} (nothing is stored), or a retryable
   * {@link ObjectStoreUnavailableError}.
   */
  put(object: PutObject): Promise<ObjectInfo>
  /** Undefined when there is no such object. */
  head(key: string): Promise<ObjectInfo | undefined>
  /** The bytes from `from` to `to` (both inclusive; all by default). Throws {@link ObjectNotFoundError}. */
  get(key: string, range?: { readonly from: number; readonly to?: number }): Promise<Readable>
  /** An address that gives the object to whoever has it, without further proof, until it expires. `filename` is proposed to browsers. */
  signUrl(key: string, options: { readonly expiresInMs: number; readonly filename?: string }): Promise<string>
  /** Deletes an object; one that is not there does not matter. */
  delete(key: string): Promise<void>
  close(): Promise<void>
}

/** There is no object of this key. */
export class ObjectNotFoundError extends Error {
  readonly code = 'OBJECT_NOT_FOUND'
  readonly retryable = false
}

/** The bytes are not those that were announced, or were damaged on the way. */
export class ChecksumMismatchError extends Error {
  readonly code = 'CHECKSUM_MISMATCH'
  readonly retryable = true
}

/** The store cannot be reached or is busy; the same call may succeed later. */
export class ObjectStoreUnavailableError extends Error {
  readonly code = 'OBJECT_STORE_UNAVAILABLE'
  readonly retryable = true
}
