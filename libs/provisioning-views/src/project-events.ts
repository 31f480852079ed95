/** What a batch of events of the event store makes of the tables of the view `provisioning`. */
import { provisioningEventDeclarations, type ProvisioningEvent } from '@trunkline/domain'
import type { Row, StoredEvent, TableDefinition, Value, ViewTransaction } from '@trunkline/ports'
import { auditRow } from './audit-row.js'
import { evolveThing } from './evolve-thing.js'
import { auditTable, provisionedNamesTable, provisionedTable, provisionedUsesTable } from './provisioning-tables.js'
import { namesOf, streamOfThing, thingOfEvent, usesOf, type Use } from './thing-references.js'
import { marks, rowOfThing, thingOfRow, type ThingRow } from './thing-rows.js'
import type { AnyThing } from './thing.js'

/** An event of one of our streams that this version does not know: newer code wrote it. Nothing is passed over. */
export class UnknownProvisioningEventError extends Error {
  readonly code = 'UNKNOWN_PROVISIONING_EVENT'
  readonly retryable = false
}

const KNOWN = new Set(provisioningEventDeclarations.map(({ type, version }) => `${type}/${version}`))
/** Most keys in one statement. */
const PAGE = 500

/** Live tables, or their shadows while the view is rebuilt. */
export type TableOf = (definition: TableDefinition) => TableDefinition

interface Change {
  readonly before: AnyThing | undefined
  after: AnyThing
}

/** Applies events in the order of the event store. Events that the tables know already change nothing. */
export async function projectEvents(
  tx: ViewTransaction,
  events: readonly StoredEvent[],
  table: TableOf = (definition) => definition,
): Promise<void> {
  const ours = events.flatMap((event) => {
    const use = thingOfEvent(event)
    return use === undefined ? [] : [{ event, use }]
  })
  if (ours.length === 0) return
  const before = await thingsOf(
    tx,
    table,
    ours.map(({ use }) => use),
  )
  const changes = new Map<string, Change>()
  const audit: Row[] = []
  for (const { event, use } of ours) {
    const key = keyOf(use)
    const current = changes.get(key)?.after ?? before.get(key)
    if (current !== undefined && current.revision >= event.revision) continue
    const after = evolved(current, { event, use })
    const change = changes.get(key)
    if (change === undefined) changes.set(key, { before: current, after })
    else change.after = after
    audit.push(auditRow(event, after.tenant))
  }
  const all = [...changes.values()]
  await tx.upsert(
    table(provisionedTable),
    all.map(({ after }) => rowOfThing(after)),
  )
  await moveNames(tx, table, all)
  await moveUses(tx, table, all)
  await tx.upsert(table(auditTable), audit)
}

function evolved(before: AnyThing | undefined, { event, use }: { event: StoredEvent; use: Use }): AnyThing {
  const { type, version, revision, position } = event
  if (!KNOWN.has(`${type}/${version}`)) {
    throw new UnknownProvisioningEventError(
      `event ${revision} of ${event.stream} is ${type} version ${version}, which this version of Trunkline does not know`,
    )
  }
  const at = Math.floor(event.time / 1000)
  const made = evolveThing(before, { type, version, data: event.data } as ProvisioningEvent)
  return { ...made, id: use.id, revision, position, createdAt: before?.createdAt ?? at, updatedAt: at } as AnyThing
}

async function thingsOf(tx: ViewTransaction, table: TableOf, uses: readonly Use[]): Promise<Map<string, AnyThing>> {
  const found = new Map<string, AnyThing>()
  const idsByKind = Map.groupBy(new Map(uses.map((use) => [keyOf(use), use])).values(), ({ kind }) => kind)
  for (const [kind, some] of idsByKind) {
    for (let at = 0; at < some.length; at += PAGE) {
      const ids = some.slice(at, at + PAGE).map(({ id }) => id)
      const sql = `SELECT * FROM ${table(provisionedTable).name} WHERE kind = ? AND id IN (${marks(ids)})`
      for (const row of await tx.all<ThingRow>(sql, [kind, ...ids])) found.set(keyOf(row as Use), thingOfRow(row))
    }
  }
  return found
}

/** Names that are given up go first, since one that another thing took since then may be among the new ones. */
async function moveNames(tx: ViewTransaction, table: TableOf, changes: readonly Change[]): Promise<void> {
  const names = table(provisionedNamesTable)
  const added: Row[] = []
  for (const { before, after } of changes) {
    const [old, now] = [before === undefined ? [] : namesOf(before), namesOf(after)]
    const has = (list: typeof now, one: (typeof now)[number]) =>
      list.some(({ tenant, name }) => tenant === one.tenant && name === one.name)
    for (const gone of old.filter((one) => !has(now, one))) {
      const where = 'tenant = ? AND name = ? AND kind = ? AND id = ?'
      await tx.run(`DELETE FROM ${names.name} WHERE ${where}`, [gone.tenant, gone.name, after.kind, after.id])
    }
    for (const one of now.filter((each) => !has(old, each))) added.push({ ...one, kind: after.kind, id: after.id })
  }
  if (added.length > 0) await tx.upsert(names, added)
}

async function moveUses(tx: ViewTransaction, table: TableOf, changes: readonly Change[]): Promise<void> {
  const uses = table(provisionedUsesTable)
  const added: Row[] = []
  const changed: Value[] = []
  for (const { before, after } of changes) {
    const now = usesOf(after)
    if (now.length === 0 && (before === undefined || usesOf(before).length === 0)) continue
    const stream = streamOfThing(after.kind, after.id)
    changed.push(stream)
    for (const { kind, id } of now) added.push({ used_kind: kind, used_id: id, by_stream: stream })
  }
  for (let at = 0; at < changed.length; at += PAGE) {
    const some = changed.slice(at, at + PAGE)
    await tx.run(`DELETE FROM ${uses.name} WHERE by_stream IN (${marks(some)})`, some)
  }
  if (added.length > 0) await tx.upsert(uses, added)
}

function keyOf({ kind, id }: Use): string {
  return `${kind}/${id}`
}
