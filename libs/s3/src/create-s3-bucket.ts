import { CreateBucketCommand } from '@aws-sdk/client-s3'
import { s3Client } from './s3-client.js'
import { answerCode, translate } from './s3-errors.js'
import { placeOf } from './s3-object-store.js'
import type { S3ObjectStoreOptions } from './s3-options.js'

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
