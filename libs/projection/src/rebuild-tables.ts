import type { TableDefinition } from '@trunkline/ports'

/** Tables of a view that is being rebuilt, and the way to put them into the place of the live ones. */
export interface ShadowTable {
  readonly live: TableDefinition
  /** With the indexes that the projection reads by. */
  readonly shadow: TableDefinition
  /** With those that only readers of the view need: made after loading. */
  readonly complete: TableDefinition
}

/** Name of the table that rebuild number `claim` fills. Never used twice. */
export function shadowName(table: TableDefinition, claim: number): string {
  return `${table.name}__g${claim}`
}

/**
 * In SQLite index names are unique in a database and stay with their table when it is renamed; so those of each rebuild
 * carry its number, as its tables do.
 */
export function shadowTables(
  tables: readonly TableDefinition[],
  { claim, lookups }: { claim: number; lookups: ReadonlySet<string> | undefined },
): ShadowTable[] {
  return tables.map((live) => {
    const all = Object.entries(live.indexes ?? {})
    const isEarly = ([name]: (typeof all)[number]) => lookups === undefined || lookups.has(name)
    const named = (entries: typeof all) =>
      Object.fromEntries(entries.map(([name, columns]) => [`${name}__g${claim}`, columns]))
    const name = shadowName(live, claim)
    const late = all.filter((entry) => !isEarly(entry))
    const shadow = { ...live, name, indexes: named(all.filter(isEarly)), later: named(late) }
    return { live, shadow, complete: { ...live, name, indexes: named(all) } }
  })
}
