import type { S3ClientConfig } from '@aws-sdk/client-s3'

export interface S3ObjectStoreOptions {
  /** Base address of an S3-compatible service; that of Amazon for the region when it is left out. */
  readonly endpoint?: string
  /** Must be there already: who may read what, and for how long, is decided where it is made. */
  readonly bucket: string
  readonly region: string
  /** Bucket in the path and not in the host name; by default with an `endpoint` only. */
  readonly forcePathStyle?: boolean
  /** The SDK's own chain (environment, files, role of the machine) by default. */
  readonly credentials?: NonNullable<S3ClientConfig['credentials']>
  /** Where browsers reach the service, for signed addresses, when that is not `endpoint`. */
  readonly publicEndpoint?: string
  /** Longest wait for a connection, ms; 5000 by default. */
  readonly connectMs?: number
  /** Longest silence of an open connection, also of a reader who does not read, ms; 30000 by default. */
  readonly idleMs?: number
  /** How often a request is sent at most, with growing pauses between; 4 by default. */
  readonly attempts?: number
  /** Bytes of one part of a large object: 5 MiB to 5 GiB; 8 MiB by default. An object has 10,000 parts at most. */
  readonly partBytes?: number
  /** Parts of one object that are under way at once; 3 by default. With the one being filled, they lie in memory. */
  readonly parallelParts?: number
  /** Folder for bodies that must be read twice: streams larger than a part, of unknown checksum. The system's own by default. */
  readonly spoolDirectory?: string
  /**
   * Sends `x-amz-checksum-sha256` with each part too, so that the service keeps it. Asked for by buckets with object
   * lock; some services refuse the header. Off by default: the signature covers the SHA-256 of each part already.
   */
  readonly keepPartChecksums?: boolean
}

export const PART_BYTES = 8 * 1024 * 1024
export const PARALLEL_PARTS = 3
