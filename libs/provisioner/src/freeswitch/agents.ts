import { thingOfStream, type Thing, type Things } from '@trunkline/provisioning-views'

/** As mod_callcenter knows a user. */
export function nameOfAgent({ document, tenant }: Thing<'sip_user'>): string {
  return `${document.username}@${tenant}`
}

/** Whether a user serves a queue that is there. */
export async function servesAny(user: Thing<'sip_user'>, things: Things): Promise<boolean> {
  if (user.status !== 'active') return false
  const uses = (await things.usersOf('sip_user', user.id)).flatMap((stream) => thingOfStream(stream) ?? [])
  const queues = uses.filter(({ kind }) => kind === 'call_queue').map(({ id }) => id)
  return (await things.getMany('call_queue', queues)).some(
    ({ status, document }) => status === 'active' && document.agents.some(({ userId }) => userId === user.id),
  )
}
