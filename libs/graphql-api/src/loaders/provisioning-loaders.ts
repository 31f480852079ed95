import type { Viewer } from '@trunkline/access'
import type { Sealed, SealedPerson } from '@trunkline/domain'
import type { ViewReader } from '@trunkline/ports'
import { provisioningItemsTable, type Thing } from '@trunkline/provisioning-views'
import { gatewayNode, type PresenceNode } from '../nodes/other.nodes.js'
import { provisioningItemNode, type ProvisioningItemNode } from '../nodes/provisioning.nodes.js'
import type { OpenPersons } from '../queries/context.js'
import { fitted } from '../queries/fitted.js'
import { allPresence } from '../queries/presence.query.js'
import { readFigures, type Figures, type FiguresOf, type FiguresRange } from '../queries/provisioning-figures.query.js'
import { builderFor, run } from '../sql/query-builder.js'
import { BatchLoader } from './batch-loader.js'

export interface PersonNode {
  readonly displayName: string | null
  readonly email: string | null
  readonly phone: string | null
}
export type GatewayNode = ReturnType<typeof gatewayNode>
type Address = Pick<Thing, 'kind' | 'id'>

const NOBODY: PersonNode = { displayName: null, email: null, phone: null }
/** Names in one statement. */
const SIZE = 200

/** What is asked for beside things, of all things of an operation at once. Only to be asked for things that the viewer may see. */
export class ProvisioningLoaders {
  readonly #reader: ViewReader
  readonly #persons: BatchLoader<PersonNode> | undefined
  readonly #items: BatchLoader<ProvisioningItemNode[]>
  readonly #presence: BatchLoader<PresenceNode>
  readonly #gateways: BatchLoader<GatewayNode[]>
  readonly #figures = new Map<string, BatchLoader<Figures>>()

  constructor(reader: ViewReader, viewer: Viewer, openPersons: OpenPersons | undefined) {
    this.#reader = reader
    this.#persons = openPersons && new BatchLoader((keys) => readPersons(openPersons, keys))
    this.#items = new BatchLoader((keys) => readItems(reader, keys))
    this.#presence = new BatchLoader(
      async (users) => new Map((await allPresence(reader, viewer, users)).map((one) => [one.user, one])),
    )
    this.#gateways = new BatchLoader((names) => readGateways(reader, names), SIZE)
  }

  /** All null where the person was erased, and where the vault is not at hand. */
  async person(sealed: SealedPerson): Promise<PersonNode> {
    const { displayName, email, phone } = sealed
    const isBlank = displayName === null && email === null && phone === null
    const opened = isBlank ? undefined : await this.#persons?.load(JSON.stringify([displayName, email, phone]))
    return opened ?? NOBODY
  }

  async items({ kind, id }: Address): Promise<ProvisioningItemNode[]> {
    return (await this.#items.load(JSON.stringify([kind, id]))) ?? []
  }

  async presence(user: string): Promise<PresenceNode | null> {
    return (await this.#presence.load(user)) ?? null
  }

  /** By any of the names that switches know a trunk by. */
  async gateways(names: readonly string[]): Promise<GatewayNode[]> {
    return (await Promise.all(names.map((name) => this.#gateways.load(name)))).flatMap((found) => found ?? [])
  }

  async figures(of: FiguresOf, range: FiguresRange): Promise<Figures> {
    const { from, to } = range
    const key = JSON.stringify([of.by, from, to])
    let loader = this.#figures.get(key)
    if (loader === undefined) {
      loader = new BatchLoader((keys) => this.#readFigures(keys, { by: of.by, from, to }), SIZE)
      this.#figures.set(key, loader)
    }
    return (await loader.load(JSON.stringify(of)))!
  }

  async #readFigures(keys: readonly string[], range: FiguresRange & Pick<FiguresOf, 'by'>) {
    const asked = keys.map((key) => JSON.parse(key) as FiguresOf)
    const found = await readFigures(this.#reader, asked, range)
    return new Map(keys.map((key, i) => [key, found[i]!]))
  }
}

async function readPersons(openPersons: OpenPersons, keys: readonly string[]): Promise<Map<string, PersonNode>> {
  const opened = await openPersons(keys.flatMap((key) => JSON.parse(key) as (Sealed | null)[]))
  return new Map(
    keys.map((key, i) => {
      const [displayName = null, email = null, phone = null] = opened.slice(3 * i, 3 * i + 3)
      return [key, { displayName, email, phone }]
    }),
  )
}

async function readItems(reader: ViewReader, keys: readonly string[]): Promise<Map<string, ProvisioningItemNode[]>> {
  const found = new Map<string, ProvisioningItemNode[]>()
  const asked = keys.map((key) => JSON.parse(key) as [kind: string, id: string])
  for (const [kind, some] of Map.groupBy(asked, ([first]) => first)) {
    const ids = new Map(some.map(([, id]) => [fitted(provisioningItemsTable, id), id]))
    const query = builderFor(reader)
      .selectFrom('provisioning_items')
      .selectAll()
      .where('kind', '=', kind)
      .where('id', 'in', [...ids.keys()])
      .orderBy('id')
      .orderBy('target')
    for (const row of await run(reader, query)) {
      const key = JSON.stringify([kind, ids.get(row.id)])
      const list = found.get(key)
      if (list === undefined) found.set(key, [provisioningItemNode(row)])
      else list.push(provisioningItemNode(row))
    }
  }
  return found
}

async function readGateways(reader: ViewReader, names: readonly string[]): Promise<Map<string, GatewayNode[]>> {
  const query = builderFor(reader)
    .selectFrom('gateways')
    .selectAll()
    .where('gateway', 'in', [...names])
  const rows = await run(reader, query.orderBy('gateway').orderBy('switch'))
  return new Map([...Map.groupBy(rows, (row) => row.gateway)].map(([name, some]) => [name, some.map(gatewayNode)]))
}
