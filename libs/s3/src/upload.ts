import { AbortMultipartUploadCommand, type S3Client } from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { PARALLEL_PARTS, PART_BYTES, type S3ObjectStoreOptions } from './s3-options.js'
import type { ReadyBody } from './ready-body.js'

/** Name of the metadata (`x-amz-meta-…`) that holds the SHA-256 of the whole object, in hexadecimal. */
export const SHA256 = 'sha256'

export interface UploadTarget {
  readonly client: S3Client
  readonly options: S3ObjectStoreOptions
  readonly key: string
  readonly contentType: string
}

/**
 * One request for what fits in a part, else a multipart upload, which is completed only when the body has come to a
 * good end. One that fails is aborted, so that no parts stay behind, paid for and seen by nobody.
 */
export async function upload({ client, options, key, contentType }: UploadTarget, ready: ReadyBody): Promise<void> {
  const { bucket, partBytes = PART_BYTES, parallelParts = PARALLEL_PARTS, keepPartChecksums = false } = options
  const sending = new Upload({
    client,
    partSize: partBytes,
    queueSize: parallelParts,
    params: {
      Bucket: bucket,
      Key: key,
      Body: ready.body,
      ContentType: contentType,
      Metadata: { [SHA256]: ready.sha256 },
      ...(keepPartChecksums && { ChecksumAlgorithm: 'SHA256' }),
    },
  })
  try {
    await sending.done()
  } catch (error) {
    await abort(client, { Bucket: bucket, Key: key, UploadId: sending.uploadId })
    throw error
  }
}

/** The SDK aborts too, but not when the last step fails, and not again when its own abort was lost. */
async function abort(
  client: S3Client,
  of: { Bucket: string; Key: string; UploadId: string | undefined },
): Promise<void> {
  if (of.UploadId === undefined) return
  // Mostly it is gone already. If the service cannot be reached, `abortStaleUploads` or the bucket's lifecycle finds it.
  await client.send(new AbortMultipartUploadCommand(of)).catch(() => undefined)
}
