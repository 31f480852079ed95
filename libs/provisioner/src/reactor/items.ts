import type { Row, ViewStore, ViewTransaction } from '@trunkline/ports'
import { provisioningItemsTable, type AnyThing, type ThingKind, type Things } from '@trunkline/provisioning-views'
import { itemOfRow, rowOfItem, settled, type Item, type ItemState, type Memory, type Outcome } from './item.js'

export interface ItemsOptions {
  readonly store: ViewStore
  readonly things: Pick<Things, 'changedSince'>
  readonly target: string
  /** Kinds of things that concern the target. */
  readonly kinds: ReadonlySet<ThingKind>
  readonly now?: () => number
}

export type ItemKey = Pick<Item, 'kind' | 'id'>
export const keyOfItem = ({ kind, id }: ItemKey) => `${kind}/${id}`

/** Changes that are taken in, and things that are asked for, in one statement. */
const BATCH = 500

/** The items of one target. Writers of one view store are serial, so what is read and written in a transaction holds. */
export class Items {
  readonly #options: ItemsOptions

  constructor(options: ItemsOptions) {
    this.#options = options
  }

  /** Makes items of the next changes, and moves the checkpoint with them; false when there are none. */
  async takeIn(reason: string | null): Promise<boolean> {
    const { store, things, kinds } = this.#options
    const from = await store.checkpoint(this.#checkpoint, 0)
    const changed = await things.changedSince(from, BATCH)
    const last = changed.at(-1)
    if (last === undefined) return false
    await store.transaction(async (tx) => {
      const ours = changed.filter(({ kind }) => kinds.has(kind))
      const known = await this.#read(tx, ours)
      const rows = ours.map((thing) => rowOfItem(this.#wanted(thing, known.get(keyOfItem(thing)), reason)))
      await tx.upsert(provisioningItemsTable, rows)
      await tx.moveCheckpoint(this.#checkpoint, { partition: 0, from, to: last.position })
    })
    return true
  }

  /** Items whose time has come, in the order of the changes that they stand for. */
  async due(limit: number): Promise<Item[]> {
    const { store, target } = this.#options
    const rows = await store.all<Row>(
      `SELECT * FROM provisioning_items WHERE target = ? AND state IN ('pending', 'failed') AND next_attempt_at <= ?
       ORDER BY position LIMIT ?`,
      [target, this.#now, limit],
    )
    return rows.map(itemOfRow)
  }

  async find(keys: readonly ItemKey[]): Promise<ReadonlyMap<string, Item>> {
    return this.#read(this.#options.store, keys)
  }

  /** Notes what is about to be done, before it is done: after a kill it is known what may stand at the target. */
  async remember(notes: readonly { readonly item: ItemKey; readonly memory: Memory }[]): Promise<void> {
    const memories = new Map(notes.map(({ item, memory }) => [keyOfItem(item), memory]))
    await this.#change(
      notes.map(({ item }) => item),
      (item) => ({ ...item, memory: memories.get(keyOfItem(item)) ?? item.memory }),
    )
  }

  async settle(results: readonly { readonly item: ItemKey; readonly outcome: Outcome }[]): Promise<void> {
    const outcomes = new Map(results.map(({ item, outcome }) => [keyOfItem(item), outcome]))
    await this.#change(
      results.map(({ item }) => item),
      (item) => settled(item, outcomes.get(keyOfItem(item))!, this.#now),
    )
  }

  /** Has things applied once more, whether they were or not. */
  async again(things: readonly AnyThing[], reason: string): Promise<void> {
    for (let at = 0; at < things.length; at += BATCH) {
      const some = things.slice(at, at + BATCH)
      await this.#options.store.transaction(async (tx) => {
        const known = await this.#read(tx, some)
        const rows = some.map((thing) => rowOfItem(this.#wanted(thing, known.get(keyOfItem(thing)), reason)))
        await tx.upsert(provisioningItemsTable, rows)
      })
    }
  }

  /** All that waits is due at once. */
  async wake(): Promise<void> {
    const { store, target } = this.#options
    await store.transaction((tx) =>
      tx.run(
        "UPDATE provisioning_items SET next_attempt_at = 0 WHERE target = ? AND state = 'pending' AND next_attempt_at > 0",
        [target],
      ),
    )
  }

  /** Says of all that waits why it does. */
  async explain(reason: string): Promise<void> {
    const { store, target } = this.#options
    await store.transaction((tx) =>
      tx.run("UPDATE provisioning_items SET reason = ? WHERE target = ? AND state = 'pending'", [
        reason.slice(0, 500),
        target,
      ]),
    )
  }

  async count(): Promise<Readonly<Record<ItemState, number>>> {
    const { store, target } = this.#options
    const rows = await store.all<{ state: ItemState; items: number }>(
      'SELECT state, COUNT(*) AS items FROM provisioning_items WHERE target = ? GROUP BY state',
      [target],
    )
    const counts = Object.fromEntries(rows.map(({ state, items }) => [state, Number(items)]))
    return { pending: 0, applied: 0, failed: 0, ...counts }
  }

  get #checkpoint(): string {
    return `provisioner:${this.#options.target}`
  }

  get #now(): number {
    return (this.#options.now ?? Date.now)()
  }

  async #change(keys: readonly ItemKey[], change: (item: Item) => Item): Promise<void> {
    if (keys.length === 0) return
    await this.#options.store.transaction(async (tx) => {
      const items = [...(await this.#read(tx, keys)).values()]
      await tx.upsert(provisioningItemsTable, items.map(change).map(rowOfItem))
    })
  }

  async #read(reader: Pick<ViewStore, 'all'> | ViewTransaction, keys: readonly ItemKey[]): Promise<Map<string, Item>> {
    const found = new Map<string, Item>()
    for (const kind of new Set(keys.map((key) => key.kind))) {
      const ids = keys.filter((key) => key.kind === kind).map(({ id }) => id)
      for (let at = 0; at < ids.length; at += BATCH) {
        const some = ids.slice(at, at + BATCH)
        const rows = await reader.all<Row>(
          `SELECT * FROM provisioning_items WHERE target = ? AND kind = ? AND id IN (${some.map(() => '?').join(', ')})`,
          [this.#options.target, kind, ...some],
        )
        for (const item of rows.map(itemOfRow)) found.set(keyOfItem(item), item)
      }
    }
    return found
  }

  #wanted(thing: AnyThing, known: Item | undefined, reason: string | null): Item {
    return {
      target: this.#options.target,
      kind: thing.kind,
      id: thing.id,
      tenant: thing.tenant,
      name: thing.name,
      wantedRevision: Math.max(thing.revision, known?.wantedRevision ?? 0),
      appliedRevision: known?.appliedRevision ?? null,
      state: 'pending',
      reason,
      attempts: 0,
      nextAttemptAt: 0,
      changedAt: this.#now,
      position: thing.position,
      memory: known?.memory ?? {},
    }
  }
}
