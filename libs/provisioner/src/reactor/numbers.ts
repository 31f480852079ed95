import type { ViewStore } from '@trunkline/ports'
import { numbersTable } from './tables.js'

export type NumberKind = 'tenant' | 'trunk' | 'domain' | 'shared_domain'

const FIRST: Readonly<Record<NumberKind, number>> = { tenant: 1, trunk: 1000, domain: 1, shared_domain: 1 }

/** Numbers for names: one for each, never used again. Two processes never give two numbers to one name, nor one to two. */
export class Numbers {
  readonly #store: ViewStore
  readonly #known = new Map<string, number>()

  constructor(store: ViewStore) {
    this.#store = store
  }

  /** The numbers of names; those that have none get one now, from `atLeast` on. */
  async obtain(
    kind: NumberKind,
    names: readonly string[],
    atLeast = FIRST[kind],
  ): Promise<ReadonlyMap<string, number>> {
    const wanted = [...new Set(names)]
    await this.#find(this.#store, kind, wanted)
    const missing = wanted.filter((name) => !this.#known.has(`${kind} ${name}`))
    if (missing.length > 0) await this.#give(kind, missing, atLeast)
    return new Map(wanted.map((name) => [name, this.#known.get(`${kind} ${name}`)!]))
  }

  /** The numbers of those names that have one. */
  async find(kind: NumberKind, names: readonly string[]): Promise<ReadonlyMap<string, number>> {
    await this.#find(this.#store, kind, names)
    return new Map(
      names.flatMap((name) => {
        const number = this.#known.get(`${kind} ${name}`)
        return number === undefined ? [] : [[name, number] as const]
      }),
    )
  }

  /** The name that a number was given to. */
  async nameOf(kind: NumberKind, number: number): Promise<string | undefined> {
    const sql = 'SELECT name FROM provisioner_numbers WHERE kind = ? AND number = ?'
    const [row] = await this.#store.all<{ name: string }>(sql, [kind, number])
    return row?.name
  }

  /** Names with a number, in their order, after a name. */
  async names(kind: NumberKind, after: string, limit: number): Promise<string[]> {
    const sql = 'SELECT name FROM provisioner_numbers WHERE kind = ? AND name > ? ORDER BY name LIMIT ?'
    return (await this.#store.all<{ name: string }>(sql, [kind, after, limit])).map(({ name }) => name)
  }

  async #find(reader: Pick<ViewStore, 'all'>, kind: NumberKind, names: readonly string[]): Promise<void> {
    const unknown = names.filter((name) => !this.#known.has(`${kind} ${name}`))
    for (let at = 0; at < unknown.length; at += 500) {
      const some = unknown.slice(at, at + 500)
      const rows = await reader.all<{ name: string; number: number }>(
        `SELECT name, number FROM provisioner_numbers WHERE kind = ? AND name IN (${some.map(() => '?').join(', ')})`,
        [kind, ...some],
      )
      for (const { name, number } of rows) this.#known.set(`${kind} ${name}`, Number(number))
    }
  }

  /** Writers are serial: the greatest number cannot grow before ours are written. */
  async #give(kind: NumberKind, missing: readonly string[], atLeast: number): Promise<void> {
    const given = await this.#store.transaction(async (tx) => {
      const there = new Map<string, number>()
      for (const name of missing) {
        const sql = 'SELECT number FROM provisioner_numbers WHERE kind = ? AND name = ?'
        const [row] = await tx.all<{ number: number }>(sql, [kind, name])
        if (row !== undefined) there.set(name, Number(row.number))
      }
      const sql = 'SELECT MAX(number) AS top FROM provisioner_numbers WHERE kind = ?'
      const [row] = await tx.all<{ top: number | null }>(sql, [kind])
      let next = Math.max(FIRST[kind], atLeast, Number(row?.top ?? 0) + 1)
      const rows = missing.flatMap((name) => (there.has(name) ? [] : [{ kind, name, number: next++ }]))
      await tx.upsert(numbersTable, rows)
      return new Map([...there, ...rows.map(({ name, number }) => [name, number] as const)])
    })
    for (const [name, number] of given) this.#known.set(`${kind} ${name}`, number)
  }
}
