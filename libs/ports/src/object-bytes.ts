/** Bytes on their way into an object store and out of it, with the proof that they are the right ones. */
import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { Readable, Transform, finished } from 'node:stream'
import { ChecksumMismatchError, type PutObject } from './object-store.js'

/** Most bytes of a buffer that are hashed and written in one go, so that a large one does not hold the process up. */
const PIECE = 1024 * 1024

/**
 * What is to be stored: gives the body piece by piece, once, and fails at its end when it is not what was announced.
 * A store that makes an object only of a body read to its end therefore never makes a wrong one.
 */
export class ObjectSource implements AsyncIterable<Buffer> {
  /** What the body threw, or the announcement that it did not keep: no fault of the store. */
  failure: unknown
  /** Bytes given so far. */
  size = 0
  readonly #body: Readable | Uint8Array
  readonly #announced: string | undefined
  readonly #hash = createHash('sha256')
  #sha256: string | undefined

  constructor({ body, sha256 }: PutObject) {
    this.#body = body
    this.#announced = sha256?.toLowerCase()
  }

  /** Hexadecimal; known when all was read. */
  get sha256(): string {
    if (this.#sha256 === undefined) throw new Error('the body was not read to its end')
    return this.#sha256
  }

  /** Lets a body go that nobody will read any more, so that the file or socket behind it is closed. */
  discard(): void {
    if (this.#body instanceof Readable) this.#body.destroy()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void> {
    for await (const piece of this.#watched()) {
      this.#hash.update(piece)
      this.size += piece.length
      yield piece
    }
    this.#sha256 = this.#hash.digest('hex')
    if (this.#announced === undefined || this.#announced === this.#sha256) return
    const text = `announced was SHA-256 ${this.#announced}, the body has ${this.#sha256}`
    this.failure = new ChecksumMismatchError(text)
    throw this.failure
  }

  /** Apart, since a reader who fails throws into the generator that it reads: that is no failure of the body. */
  async *#watched(): AsyncGenerator<Buffer, void> {
    try {
      for await (const piece of pieces(this.#body)) yield piece
    } catch (error) {
      this.failure = error
      throw error
    }
  }
}

export interface CheckedReadOptions {
  readonly key: string
  /** Bytes that must come. */
  readonly size: number
  /** SHA-256 in hexadecimal that they must have, when they are a whole object. */
  readonly sha256?: string | undefined
  /** Makes an error of the store's own kind. */
  readonly translate: (error: unknown) => unknown
}

/**
 * The same bytes; ends only when all have come and are right, and otherwise fails. The last piece is held back until
 * then: whoever passes the bytes on, over HTTP say, has not passed all of them on when they turn out to be wrong.
 */
export function checkedRead(source: Readable, { key, size, sha256, translate }: CheckedReadOptions): Readable {
  const hash = sha256 === undefined ? undefined : createHash('sha256')
  let seen = 0
  let last: Buffer | undefined
  const checked = new Transform({
    transform(piece: Buffer, _encoding, done) {
      seen += piece.length
      hash?.update(piece)
      const ready = last
      last = piece
      done(null, ready)
    },
    flush(done) {
      if (seen !== size) return done(new ChecksumMismatchError(`object ${key}: ${seen} bytes came instead of ${size}`))
      const actual = hash?.digest('hex')
      if (actual === sha256) return done(null, last)
      done(new ChecksumMismatchError(`object ${key} is damaged: SHA-256 ${actual}, was ${sha256} when it was put`))
    },
  })
  finished(source, (error) => {
    if (error != null) checked.destroy(translate(error) as Error)
  })
  checked.once('close', () => source.destroy())
  return source.pipe(checked)
}

async function* pieces(body: Readable | Uint8Array): AsyncGenerator<Buffer, void> {
  if (body instanceof Uint8Array) {
    const whole = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
    for (let at = 0; at < whole.length; at += PIECE) {
      if (at > 0) await setImmediate()
      yield whole.subarray(at, at + PIECE)
    }
    return
  }
  for await (const piece of body) yield Buffer.isBuffer(piece) ? piece : Buffer.from(piece as Uint8Array | string)
}
