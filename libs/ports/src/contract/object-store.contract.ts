import type { ObjectStore } from '../object-store.js'

export interface ObjectStoreUnderTest {
  readonly store: ObjectStore
  /** Removes what the store holds. */
  dispose(): Promise<void>
}
