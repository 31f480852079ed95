export { openS3ObjectStore } from './s3-object-store.js'
export { checkS3, createS3Bucket } from './check-s3.js'
export { abortStaleUploads } from './abort-stale-uploads.js'
export type { S3ObjectStoreOptions } from './s3-options.js'
