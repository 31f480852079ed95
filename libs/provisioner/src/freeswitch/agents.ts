import { thingOfStream, type Thing, type Things } from '@trunkline/provisioning-views'

/** As mod_callcenter knows a queue. */
export function nameOfQueue({ document, tenant }: Thing<'call_queue'>): string {
  return `${document.number}@${tenant}`
}

/** As mod_callcenter knows a user. */
export function nameOfAgent({ document, tenant }: Thing<'sip_user'>): string {
  return `${document.username}@${tenant}`
}

/** Queues that are there and that a user serves; none of a user who is not active. */
export async function servedBy(user: Thing<'sip_user'>, things: Things): Promise<Thing<'call_queue'>[]> {
  if (user.status !== 'active') return []
  const uses = (await things.usersOf('sip_user', user.id)).flatMap((stream) => thingOfStream(stream) ?? [])
  const queues = uses.filter(({ kind }) => kind === 'call_queue').map(({ id }) => id)
  return (await things.getMany('call_queue', queues)).filter(
    ({ status, document }) => status === 'active' && document.agents.some(({ userId }) => userId === user.id),
  )
}
