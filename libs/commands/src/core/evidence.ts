import {
  callQueueDecider,
  conferenceRoomDecider,
  foldEvents,
  ivrMenuDecider,
  menusAfter,
  provisioningStream,
  sipUserDecider,
  trunkDecider,
  type KnownThing,
  type MenuEdge,
} from '@trunkline/domain'
import type { Position, StoredEvent } from '@trunkline/ports'
import type { ThingKind } from '@trunkline/provisioning-views'
import { CommandError } from '../command-error.js'
import type { CommandsDependencies } from './dependencies.js'

/** Readers at a time: a list of routes may name hundreds of things. */
const AT_ONCE = 16
const VIEWS_WAIT_MS = 2000
const PAGE = 500
/** Views that are further behind do not catch up within the wait. */
const MOST_PAGES = 20

type Kind = KnownThing['kind']

const STREAMS: Readonly<Record<Kind | 'trunk', (id: string) => string>> = {
  user: provisioningStream.sipUser,
  queue: provisioningStream.callQueue,
  room: provisioningStream.conferenceRoom,
  menu: provisioningStream.ivrMenu,
  trunk: provisioningStream.trunk,
}

const DECIDERS = {
  user: sipUserDecider,
  queue: callQueueDecider,
  room: conferenceRoomDecider,
  menu: ivrMenuDecider,
  trunk: trunkDecider,
} as const

/** What commands must know of other aggregates. */
export class Evidence {
  readonly #deps: CommandsDependencies

  constructor(deps: CommandsDependencies) {
    this.#deps = deps
  }

  /** Those of the things that are there, in this tenant; exact, from their streams. */
  async known(tenant: string, things: readonly KnownThing[]): Promise<KnownThing[]> {
    const distinct = new Map(things.map((thing) => [`${thing.kind} ${thing.id}`, thing]))
    return this.#there(tenant, [...distinct.values()])
  }

  async knownTrunks(tenant: string, ids: readonly string[]): Promise<string[]> {
    const trunks = [...new Set(ids)].map((id) => ({ kind: 'trunk' as const, id }))
    return (await this.#there(tenant, trunks)).map(({ id }) => id)
  }

  /** Streams of what names a thing. Throws VIEWS_BEHIND when the views cannot tell. */
  async usedBy(kind: ThingKind, id: string): Promise<string[]> {
    await this.#viewsOfNow()
    return this.#deps.things.usersOf(kind, id)
  }

  /** From which menu to which one the menus of a tenant lead. Throws VIEWS_BEHIND. */
  async menuEdges(tenant: string): Promise<MenuEdge[]> {
    await this.#viewsOfNow()
    const edges: MenuEdge[] = []
    for (let after: string | undefined; ;) {
      const menus = await this.#deps.things.list('ivr_menu', { tenant, after, limit: PAGE })
      for (const { id, document } of menus) {
        edges.push(...menusAfter(document.settings).map((to) => ({ from: id, to })))
      }
      after = menus.at(-1)?.id
      if (after === undefined) return edges
    }
  }

  async #there<T extends { readonly kind: Kind | 'trunk'; readonly id: string }>(
    tenant: string,
    things: readonly T[],
  ): Promise<T[]> {
    const there: T[] = []
    for (let at = 0; at < things.length; at += AT_ONCE) {
      const part = things.slice(at, at + AT_ONCE)
      const found = await Promise.all(part.map(({ kind, id }) => this.#deps.eventStore.read(STREAMS[kind](id))))
      there.push(...part.filter(({ kind }, i) => isThere(kind, tenant, found[i]!)))
    }
    return there
  }

  /** Waits until the views have all that stands in the event store at this moment. */
  async #viewsOfNow(): Promise<void> {
    const { things, eventStore } = this.#deps
    let end: Position | undefined = await things.position()
    for (let page = 0; page < MOST_PAGES; page++) {
      const events = await eventStore.readAll({ after: end, limit: PAGE })
      if (events.length === 0) {
        if (end === undefined || (await things.caughtUp(end, VIEWS_WAIT_MS))) return
        break
      }
      end = events.at(-1)!.position
    }
    throw new CommandError('VIEWS_BEHIND')
  }
}

function isThere(kind: keyof typeof DECIDERS, tenant: string, found: readonly StoredEvent[]): boolean {
  const first = found[0]?.data as { readonly tenant: string } | undefined
  if (first?.tenant !== tenant) return false
  const state = foldEvents(DECIDERS[kind] as typeof sipUserDecider, found as never)
  return state.kind !== 'absent' && state.kind !== 'removed'
}
