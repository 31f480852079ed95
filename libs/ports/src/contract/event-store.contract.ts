import type { EventStore } from '../event-store.js'

export interface EventStoreUnderTest {
  readonly store: EventStore
  /** Opens the same store once more, as another process or after a restart would. */
  reopen(): Promise<EventStore>
  /** Closes `store` and removes what it stored. */
  dispose(): Promise<void>
}
