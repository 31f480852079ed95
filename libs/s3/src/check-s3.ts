import { CreateBucketCommand } from '@aws-sdk/client-s3'
import { randomBytes, randomUUID } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { s3Client } from './s3-client.js'
import { answerCode, translate } from './s3-errors.js'
import { openS3ObjectStore, placeOf } from './s3-object-store.js'
import type { S3ObjectStoreOptions } from './s3-options.js'

/**
 * Proves at start that objects can be put, read and deleted, by doing so with one of a few bytes (`trunkline-check/…`).
 * Throws an error of the object store that says what to do.
 */
export async function checkS3(options: S3ObjectStoreOptions): Promise<void> {
  const store = openS3ObjectStore(options)
  const key = `trunkline-check/${randomUUID()}`
  try {
    await store.put({ key, body: randomBytes(16), contentType: 'application/octet-stream' })
    try {
      await buffer(await store.get(key))
    } finally {
      await store.delete(key)
    }
  } finally {
    await store.close()
  }
}

/** Makes the bucket unless it is there. For tests and the compose file; in production whoever owns the storage makes it. */
export async function createS3Bucket(options: S3ObjectStoreOptions): Promise<void> {
  const client = s3Client(options)
  try {
    await client.send(new CreateBucketCommand({ Bucket: options.bucket }))
  } catch (error) {
    if (answerCode(error) === 'BucketAlreadyOwnedByYou') return
    throw translate(error, { bucket: options.bucket, place: placeOf(options) })
  } finally {
    client.destroy()
  }
}
