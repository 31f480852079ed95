import type { AnyThing, Thing, ThingKind, ThingList, Things } from '@trunkline/provisioning-views'

const NAMED: readonly ThingKind[] = ['sip_user', 'conference_room', 'call_queue', 'ivr_menu']

/** Things that were provisioned, in memory. */
export class MemoryThings implements Things {
  readonly #things = new Map<string, AnyThing>()

  put(...things: readonly AnyThing[]): void {
    for (const thing of things) this.#things.set(`${thing.kind}-${thing.id}`, thing)
  }

  async get<K extends ThingKind>(kind: K, id: string): Promise<Thing<K> | undefined> {
    return this.#things.get(`${kind}-${id}`) as Thing<K> | undefined
  }

  async getMany<K extends ThingKind>(kind: K, ids: readonly string[]): Promise<Thing<K>[]> {
    const found = await Promise.all(ids.map((id) => this.get(kind, id)))
    return found.filter((thing) => thing !== undefined)
  }

  async list<K extends ThingKind>(kind: K, { tenant, after, limit }: ThingList): Promise<Thing<K>[]> {
    return ([...this.#things.values()] as Thing<ThingKind>[])
      .filter((thing): thing is Thing<K> => thing.kind === kind && thing.status !== 'removed')
      .filter((thing) => (tenant === undefined || thing.tenant === tenant) && (after === undefined || thing.id > after))
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, limit)
  }

  async byName(tenant: string, name: string): Promise<AnyThing | undefined> {
    const wanted = name.toLowerCase()
    return [...this.#things.values()].find(
      (thing) =>
        thing.tenant === tenant &&
        thing.status !== 'removed' &&
        NAMED.includes(thing.kind) &&
        (thing.name === wanted ||
          (thing.kind === 'sip_user' && thing.document.aliases.some((alias) => alias.toLowerCase() === wanted))),
    )
  }

  async byNumber(number: string): Promise<Thing<'number'> | undefined> {
    const all = await this.list('number', { limit: 1_000 })
    return all.find(({ document }) => document.number === number)
  }

  async usersOf(kind: ThingKind, id: string): Promise<string[]> {
    if (kind !== 'sip_user') return []
    const queues = await this.list('call_queue', { limit: 1_000 })
    return queues
      .filter(({ document }) => document.agents.some(({ userId }) => userId === id))
      .map((queue) => `call_queue-${queue.id}`)
  }

  async changedSince(): Promise<AnyThing[]> {
    return [...this.#things.values()]
  }

  async position(): Promise<undefined> {
    return undefined
  }

  async caughtUp(): Promise<boolean> {
    return true
  }
}
