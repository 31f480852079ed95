export { openFolderObjectStore, type FolderObjectStoreOptions } from './folder-object-store.js'
export {
  folderObjectRoute,
  type FolderObjectRouteOptions,
  type ObjectRequest,
  type ObjectResponse,
  type ObjectRoute,
} from './folder-object-route.js'
export type { Signing } from './signed-address.js'
