import type { Position, Value, ViewReader } from '@trunkline/ports'
import { POSITION_READ } from './checkpoint.js'
import { NUMBERS } from './thing-references.js'
import { marks, thingOfRow, type ThingRow } from './thing-rows.js'
import type { AnyThing, Thing, ThingKind, ThingList, Things } from './thing.js'

export interface ThingsOptions {
  /** Between two looks while {@link Things.caughtUp} waits, ms; 20 by default. */
  readonly pollMs?: number
}

/** Most ids in one statement. */
const PAGE = 500

/** The provisioned things as the tables of the view `provisioning` have them. */
export function createThings(store: Pick<ViewReader, 'all'>, { pollMs = 20 }: ThingsOptions = {}): Things {
  const query = async (sql: string, parameters: readonly Value[]): Promise<AnyThing[]> =>
    (await store.all<ThingRow>(`SELECT p.* FROM ${sql}`, parameters)).map(thingOfRow)

  async function getMany<K extends ThingKind>(kind: K, ids: readonly string[]): Promise<Thing<K>[]> {
    const found: AnyThing[] = []
    for (let at = 0; at < ids.length; at += PAGE) {
      const some = ids.slice(at, at + PAGE)
      found.push(...(await query(`provisioned p WHERE p.kind = ? AND p.id IN (${marks(some)})`, [kind, ...some])))
    }
    return found as unknown as Thing<K>[]
  }

  async function byKey(tenant: string, name: string): Promise<AnyThing | undefined> {
    const [row] = await store.all<{ kind: ThingKind; id: string }>(
      'SELECT kind, id FROM provisioned_names WHERE tenant = ? AND name = ?',
      [tenant, name],
    )
    return row === undefined ? undefined : ((await getMany(row.kind, [row.id]))[0] as unknown as AnyThing)
  }

  async function position(): Promise<Position | undefined> {
    const [row] = await store.all<{ position: string }>(POSITION_READ, [])
    return row?.position
  }

  return {
    get: async (kind, id) => (await getMany(kind, [id]))[0],
    getMany,
    async list<K extends ThingKind>(kind: K, { tenant, after, limit }: ThingList): Promise<Thing<K>[]> {
      const where = ['p.kind = ?', "p.status <> 'removed'"]
      const parameters: Value[] = [kind]
      if (tenant !== undefined) {
        where.push('p.tenant = ?')
        parameters.push(tenant)
      }
      if (after !== undefined) {
        where.push('p.id > ?')
        parameters.push(after)
      }
      const rows = await query(`provisioned p WHERE ${where.join(' AND ')} ORDER BY p.id LIMIT ?`, [
        ...parameters,
        limit,
      ])
      return rows as unknown as Thing<K>[]
    },
    byName: (tenant, name) => byKey(tenant.toLowerCase(), name.toLowerCase()),
    byNumber: async (number) => (await byKey(NUMBERS, number)) as Thing<'number'> | undefined,
    async usersOf(kind, id) {
      const rows = await store.all<{ by_stream: string }>(
        'SELECT by_stream FROM provisioned_uses WHERE used_kind = ? AND used_id = ? ORDER BY by_stream',
        [kind, id],
      )
      return rows.map((row) => row.by_stream)
    },
    changedSince: (after, limit) =>
      after === undefined
        ? query('provisioned p ORDER BY p.position LIMIT ?', [limit])
        : query('provisioned p WHERE p.position > ? ORDER BY p.position LIMIT ?', [after, limit]),
    position,
    async caughtUp(wanted, timeoutMs) {
      const until = performance.now() + timeoutMs
      for (;;) {
        const reached = await position()
        if (reached !== undefined && reached >= wanted) return true
        if (performance.now() >= until) return false
        await new Promise((resolve) => setTimeout(resolve, pollMs))
      }
    },
  }
}
