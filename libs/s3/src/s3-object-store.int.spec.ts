import { randomUUID } from 'node:crypto'
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll } from '@jest/globals'
import { objectStoreContract } from '@trunkline/ports/contract'
import { S3Server } from '../../../test/support/s3-server.js'
import { createS3Bucket } from './create-s3-bucket.js'
import { s3Client } from './s3-client.js'
import { openS3ObjectStore } from './s3-object-store.js'

let server: S3Server
beforeAll(async () => {
  server = await S3Server.start()
})
afterAll(() => server.dispose())

objectStoreContract('S3', async () => {
  const bucket = `t-${randomUUID()}`
  const options = { ...server.options, bucket }
  await createS3Bucket(options)
  const store = openS3ObjectStore(options)
  const client = s3Client(options)
  return {
    store,
    // S3Proxy keeps metadata beside the bytes of a file, as extended attributes. Amazon's and others read both at once.
    readsInTwoSteps: true,
    reopen: async () => openS3ObjectStore(options),
    rubbish: async () => {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))
      return Uploads.map(({ Key }) => Key!)
    },
    dispose: async () => {
      client.destroy()
      await store.close()
    },
  }
})
