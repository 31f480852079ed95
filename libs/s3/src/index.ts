export { openS3ObjectStore } from './s3-object-store.js'
export { createS3Bucket } from './create-s3-bucket.js'
export { abortStaleUploads } from './abort-stale-uploads.js'
export type { S3ObjectStoreOptions } from './s3-options.js'
