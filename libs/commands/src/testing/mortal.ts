/** Stores as a process sees them that dies at a chosen moment: after that nothing of it reaches the disk. */
import type { EventStore, ViewStore } from '@trunkline/ports'

export class DeadError extends Error {
  readonly code = 'DEAD'
}

export interface Death {
  /** Before or after which access to a store, from 0. Never when undefined. */
  readonly at?: number | undefined
  /** Whether that access is still made. */
  readonly after?: boolean
  /** Turns of the event loop before each access, one after the other: how processes interleave. */
  readonly delays?: readonly number[]
}

export class Mortal {
  accesses = 0
  isDead = false
  readonly #death: Death

  constructor(death: Death) {
    this.#death = death
  }

  async access<T>(work: () => Promise<T>): Promise<T> {
    const { at, after = false, delays = [] } = this.#death
    const turns = delays.length === 0 ? 0 : delays[this.accesses % delays.length]!
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
    const isLast = this.accesses++ === at
    if (this.isDead || (isLast && !after)) return this.#die()
    const result = await work()
    // what was under way when the process died elsewhere is never heard of
    if (this.isDead || isLast) return this.#die()
    return result
  }

  #die(): never {
    this.isDead = true
    throw new DeadError('the process is dead')
  }

  eventStore(store: EventStore): EventStore {
    return {
      append: (...args) => this.access(() => store.append(...args)),
      read: (...args) => this.access(() => store.read(...args)),
      readAll: (request) => this.access(() => store.readAll(request)),
      waitForNews: (request) => store.waitForNews(request),
      close: async () => undefined,
    }
  }

  viewStore(store: ViewStore): ViewStore {
    return {
      dialect: store.dialect,
      all: (...args) => this.access(() => store.all(...args)) as never,
      transaction: (work) => this.access(() => store.transaction(work)),
      checkpoint: (...args) => this.access(() => store.checkpoint(...args)),
      snapshot: (work) => store.snapshot(work),
      migrate: (migrations) => store.migrate(migrations),
      createTables: (tables) => store.createTables(tables),
      replaceTables: (pairs) => store.replaceTables(pairs),
      dropTables: (names) => store.dropTables(names),
      close: async () => undefined,
    }
  }
}
