import { join } from 'node:path'
import { openFolderObjectStore, type Signing } from '@trunkline/folder'
import type { ObjectStore } from '@trunkline/ports'
import type { Config } from '@trunkline/runtime'

/** The object store that the settings name: S3, or a folder in the data folder, whose addresses are signed with `signing`. */
export async function openObjectStore(
  { dataDir, s3 }: Pick<Config, 'dataDir' | 's3'>,
  signing: Signing,
): Promise<ObjectStore> {
  if (s3 !== undefined) {
    const { openS3ObjectStore } = await import('@trunkline/s3')
    return openS3ObjectStore(s3)
  }
  return openFolderObjectStore({ directory: join(dataDir, 'objects'), signing })
}
