import {
  provisionedTable,
  provisionedUsesTable,
  thingOfRow,
  thingOfStream,
  type AnyThing,
  type Thing,
  type ThingKind,
} from '@trunkline/provisioning-views'
import { callQueueNode, conferenceRoomNode, phoneNumberNode, sipUserNode } from '../nodes/provisioning.nodes.js'
import { builderFor, run } from '../sql/query-builder.js'
import type { ApiContext } from './context.js'
import { fitted } from './fitted.js'
import { findThing } from './provisioning-things.query.js'

/** More uses of one user than a person has. */
const MAXIMUM_USES = 1000

/** All that is provisioned about one person; null when there is none, or when it is not the viewer's to see. */
export async function findPersonData(context: ApiContext, userId: string) {
  const user = await findThing(context, 'sip_user', userId)
  if (user === undefined) return null
  const things = await usersOf(context, user)
  const of = <K extends ThingKind>(kind: K) => things.filter((thing) => thing.kind === kind) as unknown as Thing<K>[]
  return {
    user: sipUserNode(user),
    numbers: of('number').map(phoneNumberNode),
    queues: of('call_queue')
      .filter(({ document }) => document.agents.some((agent) => agent.userId === userId))
      .map(callQueueNode),
    rooms: of('conference_room').map(conferenceRoomNode),
    callsUser: `${user.document.username}@${user.tenant}`,
    auditStream: `sip_user-${user.id}`,
  }
}

/** What leads to a user or names one. */
async function usersOf({ reader }: ApiContext, { id, tenant }: Thing): Promise<AnyThing[]> {
  const builder = builderFor(reader)
  const uses = await run(
    reader,
    builder
      .selectFrom('provisioned_uses')
      .select('by_stream')
      .where('used_kind', '=', 'sip_user')
      .where('used_id', '=', fitted(provisionedUsesTable, id))
      .orderBy('by_stream')
      .limit(MAXIMUM_USES),
  )
  const found: AnyThing[] = []
  const named = uses.flatMap((use) => thingOfStream(use.by_stream) ?? [])
  for (const [kind, some] of Map.groupBy(named, (use) => use.kind)) {
    const ids = some.map((use) => fitted(provisionedTable, use.id))
    const query = builder.selectFrom('provisioned').selectAll().where('kind', '=', kind).where('id', 'in', ids)
    found.push(...(await run(reader, query.orderBy('id'))).map(thingOfRow))
  }
  return found.filter((thing) => thing.tenant === tenant)
}
