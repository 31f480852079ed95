import type { EventStoreReader, Position, ViewReader, ViewStore } from '@trunkline/ports'
import { PARTITION, VIEW } from './checkpoint.js'
import { RELAY } from './provisioning-relay.js'
import { PROVISIONING_VIEW_TABLES, provisioningItemsTable } from './provisioning-tables.js'
import { streamOfThing } from './thing-references.js'
import type { ThingRow } from './thing-rows.js'

/** The event store ends before the view: it was lost or restored from an older copy, and new events would be passed over. */
export class EventStoreBehindViewsError extends Error {
  readonly code = 'EVENT_STORE_BEHIND_VIEWS'
  readonly retryable = false
}

const BATCH = 1000
/** Events that are not ours may lie between our newest one and the checkpoint; more of them than this are not looked at. */
const MOST = 100_000

/**
 * Throws {@link EventStoreBehindViewsError} when the newest event that made the view, or the one that its checkpoint
 * stands at, is not in the event store.
 */
export async function assertEventStoreHolds(
  eventStore: EventStoreReader,
  store: ViewReader & Pick<ViewStore, 'checkpoint'>,
): Promise<void> {
  const checkpoint = await store.checkpoint(VIEW, PARTITION)
  if (checkpoint === undefined) return
  // looked at after the checkpoint: another process may move both, and only forward
  const [row] = await store.all<ThingRow>('SELECT * FROM provisioned ORDER BY position DESC LIMIT 1')
  if (row !== undefined) {
    const { kind, id, revision, position } = row
    const stream = streamOfThing(kind as Parameters<typeof streamOfThing>[0], id)
    const [event] = await eventStore.read(stream, { from: Number(revision), limit: 1 })
    if (event?.position !== position) throw behind(checkpoint)
  }
  if (row === undefined || row.position < checkpoint) await find(eventStore, { after: row?.position, checkpoint })
}

async function find(
  eventStore: EventStoreReader,
  { after, checkpoint }: { readonly after: Position | undefined; readonly checkpoint: Position },
): Promise<void> {
  let from = after
  for (let looked = 0; looked < MOST; looked += BATCH) {
    const events = await eventStore.readAll({ after: from, limit: BATCH })
    const last = events.at(-1)
    if (events.some(({ position }) => position === checkpoint)) return
    if (last === undefined || last.position > checkpoint) throw behind(checkpoint)
    from = last.position
  }
}

function behind(checkpoint: Position): EventStoreBehindViewsError {
  return new EventStoreBehindViewsError(
    `the provisioning views have read the event store up to ${checkpoint}, which it does not hold: it was lost, or restored ` +
      'from an older copy. Restore it, or run `npm run rebuild -- provisioning` so that the views are made of what is there.',
  )
}

/**
 * Empties the view and sets it, the relay and the provisioner back to the beginning, in one transaction: all is projected,
 * published and provisioned anew. What had come far by events that are lost would else wait for them for ever, and new
 * events at places of lost ones would be passed over.
 */
export async function forgetProvisioned(store: ViewStore): Promise<void> {
  await store.createTables([provisioningItemsTable])
  await store.transaction(async (tx) => {
    for (const { name } of PROVISIONING_VIEW_TABLES) await tx.run(`DELETE FROM ${name}`)
    await tx.run('DELETE FROM checkpoints WHERE projection IN (?, ?)', [VIEW, RELAY])
    await tx.run("DELETE FROM checkpoints WHERE projection LIKE 'provisioner:%'")
    await tx.run(`DELETE FROM ${provisioningItemsTable.name}`)
  })
}
