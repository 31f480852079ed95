import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  type MultipartUpload,
  type S3Client,
} from '@aws-sdk/client-s3'
import { s3Client } from './s3-client.js'
import { answerCode, translate } from './s3-errors.js'
import { placeOf } from './s3-object-store.js'
import type { S3ObjectStoreOptions } from './s3-options.js'

/**
 * Aborts multipart uploads that began more than `olderThanMs` ago, of all who use the bucket, and gives their number. A
 * process that was killed, or a service that was gone when an upload failed, leaves such ones behind. A lifecycle rule
 * of the bucket (`AbortIncompleteMultipartUpload`) does the same where the service knows such rules.
 */
export async function abortStaleUploads(options: S3ObjectStoreOptions, olderThanMs: number): Promise<number> {
  const client = s3Client(options)
  const { bucket } = options
  const before = Date.now() - olderThanMs
  let aborted = 0
  try {
    for await (const { Key, UploadId, Initiated } of uploadsOf(client, bucket)) {
      if (Initiated === undefined || Initiated.getTime() > before) continue
      await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId })).catch((error: unknown) => {
        // Completed or aborted meanwhile.
        if (answerCode(error) !== 'NoSuchUpload') throw error
      })
      aborted++
    }
    return aborted
  } catch (error) {
    throw translate(error, { bucket, place: placeOf(options) })
  } finally {
    client.destroy()
  }
}

async function* uploadsOf(client: S3Client, bucket: string): AsyncGenerator<MultipartUpload> {
  let after: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } | undefined = {}
  while (after !== undefined) {
    const page: ListMultipartUploadsCommandOutput = await client.send(
      new ListMultipartUploadsCommand({ Bucket: bucket, ...after }),
    )
    yield* page.Uploads ?? []
    const more = page.IsTruncated === true && page.NextKeyMarker !== undefined
    after = more ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker } : undefined
  }
}
