/** Drives projections over facts without a log: batches, restarts and shadows under the test's control. */
import type { Fact } from '@trunkline/domain'
import type { ViewStore } from '@trunkline/ports'
import type { OutboxEvent, Projection } from '@trunkline/projection'

export async function project(
  store: ViewStore,
  facts: readonly Fact[],
  options: { make: () => Projection; batch: number; restartEvery?: number },
): Promise<OutboxEvent[]> {
  const emitted: OutboxEvent[] = []
  let projection = options.make()
  await store.createTables(projection.tables)
  let batches = 0
  for (let at = 0; at < facts.length; at += options.batch) {
    if (options.restartEvery !== undefined && batches > 0 && batches % options.restartEvery === 0)
      projection = options.make()
    batches++
    const batch = facts.slice(at, at + options.batch).filter((fact) => projection.handles.has(fact.type))
    await store.transaction((tx) =>
      projection.apply(batch, { tx, table: (table) => table, emit: (event) => emitted.push(event) }),
    )
    projection.afterCommit?.()
  }
  return emitted
}

/** Every row of every table of a projection, in the order of its key. */
export async function allRows(store: ViewStore, projection: Projection): Promise<Record<string, unknown[]>> {
  const rows: Record<string, unknown[]> = {}
  for (const table of projection.tables) {
    const order = table.key.map((column) => `\`${column}\``).join(', ')
    rows[table.name] = await store.all(`SELECT * FROM ${table.name} ORDER BY ${order}`)
  }
  return rows
}
