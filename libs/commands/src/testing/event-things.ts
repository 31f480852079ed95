/** Things straight from an event store, without a view between: as much of them as commands ask for. */
import { foldEvents, ivrMenuDecider, menusAfter, type ProvisioningEvent } from '@trunkline/domain'
import type { EventStore, StoredEvent } from '@trunkline/ports'
import type { Thing, Things } from '@trunkline/provisioning-views'

type Wanted = Pick<Things, 'usersOf' | 'position' | 'caughtUp' | 'list'>

export function eventThings(store: Pick<EventStore, 'readAll'>): Things {
  const all = async () => {
    const events: StoredEvent[] = []
    for (;;) {
      const page = await store.readAll({ after: events.at(-1)?.position, limit: 1000 })
      if (page.length === 0) return events
      events.push(...page)
    }
  }
  const things: Wanted = {
    position: async () => (await all()).at(-1)?.position,
    caughtUp: async () => true,
    usersOf: async (_kind, id) => {
      const streams = Map.groupBy(await all(), ({ stream }) => stream)
      return [...streams]
        .filter(([stream, events]) => !stream.endsWith(id) && names(events, id))
        .map(([stream]) => stream)
    },
    list: (async (kind: string, { tenant, after }: { tenant?: string; after?: string }) => {
      if (kind !== 'ivr_menu') throw new TypeError(`not here: ${kind}`)
      if (after !== undefined) return []
      const streams = Map.groupBy(await all(), ({ stream }) => stream)
      return [...streams]
        .filter(([stream]) => stream.startsWith('ivr_menu-'))
        .map(([, events]) => foldEvents(ivrMenuDecider, events as never))
        .flatMap((state) => (state.kind === 'active' && state.menu.tenant === tenant ? [state.menu] : []))
        .map(({ id, settings }) => ({ id, document: { settings } }) as Thing<'ivr_menu'>)
    }) as Things['list'],
  }
  return things as Things
}

/** Whether what an aggregate came to names an id. */
function names(events: readonly StoredEvent[], id: string): boolean {
  let named: readonly string[] = []
  let agents: string[] = []
  for (const { type, data } of events as unknown as ProvisioningEvent[]) {
    switch (type) {
      case 'number.assigned':
        named = 'id' in data.target ? [data.target.id] : []
        break
      case 'route_set.replaced':
        named = [JSON.stringify(data.rules)]
        break
      case 'route_set.route_put':
        named = [...named, JSON.stringify(data.rule)]
        break
      case 'ivr_menu.created':
      case 'ivr_menu.updated':
        named = [...menusAfter(data.settings), JSON.stringify(data.settings)]
        break
      case 'conference_room.created':
      case 'conference_room.updated':
        named = data.settings.moderators
        break
      case 'call_queue.agent_added':
        agents = [...agents, data.agent.userId]
        break
      case 'call_queue.agent_removed':
        agents = agents.filter((userId) => userId !== data.userId)
        break
      case 'number.released':
      case 'call_queue.removed':
      case 'ivr_menu.removed':
      case 'conference_room.removed':
        named = []
        agents = []
        break
      default:
    }
  }
  return [...named, ...agents].some((text) => text.includes(id))
}
