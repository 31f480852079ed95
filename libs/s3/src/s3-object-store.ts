import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  type GetObjectCommandOutput,
  type HeadObjectCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import {
  ObjectSource,
  ObjectStoreUnavailableError,
  checkExpiry,
  checkObjectKey,
  checkPut,
  checkRange,
  checkedRead,
  contentDisposition,
  type ByteRange,
  type ObjectInfo,
  type ObjectStore,
  type PutObject,
  type SignOptions,
} from '@trunkline/ports'
import { readyBody } from './ready-body.js'
import { s3Client } from './s3-client.js'
import { answerCode, translate, type S3Target } from './s3-errors.js'
import { PART_BYTES, type S3ObjectStoreOptions } from './s3-options.js'
import { SHA256, upload } from './upload.js'

/** The longest that S3 allows a signature to be good for, s. */
const LONGEST_S = 7 * 24 * 3600

/** Opens a store in one bucket of an S3-compatible service. Asks nothing of it yet. */
export function openS3ObjectStore(options: S3ObjectStoreOptions): ObjectStore {
  return new S3ObjectStore(options)
}

class S3ObjectStore implements ObjectStore {
  readonly #options: S3ObjectStoreOptions
  readonly #client: S3Client
  /** Signs without sending anything. */
  readonly #signer: S3Client
  readonly #target: S3Target
  readonly #running = new Set<Promise<unknown>>()
  #closed = false

  constructor(options: S3ObjectStoreOptions) {
    this.#options = options
    this.#client = s3Client(options)
    const { publicEndpoint, bucket } = options
    this.#signer = publicEndpoint === undefined ? this.#client : s3Client(options, publicEndpoint)
    this.#target = { bucket, place: placeOf(options) }
  }

  async put(object: PutObject): Promise<ObjectInfo> {
    const source = new ObjectSource(object)
    const { key, contentType } = object
    const { partBytes = PART_BYTES, spoolDirectory } = this.#options
    try {
      return await this.#run(async () => {
        checkPut(object)
        const ready = await readyBody(object, source, { mostHeld: partBytes, spoolDirectory })
        try {
          await upload({ client: this.#client, options: this.#options, key, contentType }, ready)
        } finally {
          await ready.close()
        }
        return { key, size: source.size, sha256: ready.sha256, contentType }
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
      const { bucket: Bucket } = this.#options
      let answer: HeadObjectCommandOutput
      try {
        answer = await this.#client.send(new HeadObjectCommand({ Bucket, Key: key }))
      } catch (error) {
        if (answerCode(error) !== '404' && answerCode(error) !== 'NoSuchKey') throw error
        // An answer to HEAD has no body: it may be the bucket that is missing.
        await this.#requireBucket()
        return undefined
      }
      const { ContentLength: size = 0, ContentType: contentType = 'application/octet-stream' } = answer
      const sha256 = answer.Metadata?.[SHA256] ?? (await this.#digest(key))
      return { key, size, sha256, contentType }
    })
  }

  get(key: string, range?: ByteRange): Promise<Readable> {
    return this.#run(async () => {
      checkObjectKey(key)
      checkRange(range)
      return this.#read(key, range)
    })
  }

  signUrl(key: string, options: SignOptions): Promise<string> {
    return this.#run(async () => {
      checkObjectKey(key)
      const command = new GetObjectCommand({
        Bucket: this.#options.bucket,
        Key: key,
        // The content type is not known here, so a browser may save it, and never show it as a page.
        ResponseContentDisposition: contentDisposition('attachment', options.filename),
      })
      // The time of a signature is cut to whole seconds: it began to run up to a second ago.
      return getSignedUrl(this.#signer, command, { expiresIn: Math.min(checkExpiry(options) + 1, LONGEST_S) })
    })
  }

  delete(key: string): Promise<void> {
    return this.#run(async () => {
      checkObjectKey(key)
      try {
        await this.#client.send(new DeleteObjectCommand({ Bucket: this.#options.bucket, Key: key }))
      } catch (error) {
        if (answerCode(error) !== 'NoSuchKey') throw error
      }
    })
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await Promise.allSettled(this.#running)
    this.#client.destroy()
    this.#signer.destroy()
  }

  async #read(key: string, range: ByteRange | undefined): Promise<Readable> {
    const whole = range === undefined || (range.from === 0 && range.to === undefined)
    let answer: GetObjectCommandOutput
    try {
      const Range = whole ? undefined : `bytes=${range.from}-${range.to ?? ''}`
      answer = await this.#client.send(new GetObjectCommand({ Bucket: this.#options.bucket, Key: key, Range }))
    } catch (error) {
      // Past the end; RFC 9110 has no other way to say so.
      if (answerCode(error) === 'InvalidRange' || answerCode(error) === '416') return Readable.from([])
      throw error
    }
    return checkedRead(answer.Body as Readable, {
      key,
      size: answer.ContentLength ?? 0,
      sha256: whole ? answer.Metadata?.[SHA256] : undefined,
      translate: (error) => translate(error, this.#target),
    })
  }

  /** Of an object that something else has put there: read through once. */
  async #digest(key: string): Promise<string> {
    const hash = createHash('sha256')
    for await (const piece of await this.#read(key, undefined)) hash.update(piece as Buffer)
    return hash.digest('hex')
  }

  async #requireBucket(): Promise<void> {
    const { bucket: Bucket } = this.#options
    try {
      await this.#client.send(new HeadBucketCommand({ Bucket }))
    } catch (error) {
      if (answerCode(error) !== '404') throw error
      throw translate({ name: 'NoSuchBucket', $metadata: { httpStatusCode: 404 } }, this.#target)
    }
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new ObjectStoreUnavailableError('the object store is closed')
    const running = work()
    this.#running.add(running)
    try {
      return await running
    } catch (error) {
      throw translate(error, this.#target)
    } finally {
      this.#running.delete(running)
    }
  }
}

export function placeOf({ endpoint, region }: S3ObjectStoreOptions): string {
  return endpoint ?? `Amazon S3 in ${region}`
}
