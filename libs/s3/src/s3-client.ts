import { S3Client } from '@aws-sdk/client-s3'
import type { S3ObjectStoreOptions } from './s3-options.js'

/** A client for any S3-compatible service: bounded waits, retries of what may pass, no headers that only Amazon knows. */
export function s3Client(options: S3ObjectStoreOptions, endpoint = options.endpoint): S3Client {
  const { region, credentials, connectMs = 5000, idleMs = 30_000, attempts = 4 } = options
  const forcePathStyle = options.forcePathStyle ?? endpoint !== undefined
  return new S3Client({
    region,
    forcePathStyle,
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials !== undefined && { credentials }),
    retryMode: 'standard',
    maxAttempts: attempts,
    // By default the SDK adds CRC32 checksums that not every service takes (Backblaze B2, older MinIO and Ceph). Ours
    // is SHA-256: of each part by its signature, of the whole by the metadata.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // It would open a new connection for each part.
    expectContinueHeader: false,
    requestHandler: { connectionTimeout: connectMs, socketTimeout: idleMs, httpAgent: KEPT, httpsAgent: KEPT },
  })
}

const KEPT = { keepAlive: true, maxSockets: 100 }
