import type { GraphQLFieldResolver } from 'graphql'
import type { SipUserNode, TrunkNode } from '../nodes/provisioning.nodes.js'
import type { ApiContext } from '../queries/context.js'

type Resolve = GraphQLFieldResolver<never, ApiContext>

const provisioning: Resolve = (thing: { kind: 'sip_user'; id: string }, _args, { loaders }) =>
  loaders.provisioning.items(thing)

/** `alice@a.example`: what call views know a user as. */
export const callsUserOf = ({ username, tenant }: Pick<SipUserNode, 'username' | 'tenant'>) => `${username}@${tenant}`

/**
 * What call views can know a trunk as: FreeSWITCH by its gateways, which have the id of the trunk, and a number from the
 * second host on; Kamailio by where it sends to.
 */
export function callsTrunksOf({ id, name, settings }: Pick<TrunkNode, 'id' | 'name' | 'settings'>): string[] {
  const gateways = settings.hosts.map((_, i) => (i === 0 ? id : `${id}-${i + 1}`))
  const addresses = settings.hosts.map(({ host, port }) => `sip:${host.includes(':') ? `[${host}]` : host}:${port}`)
  return [...new Set([id, name, ...gateways, ...addresses])]
}

/** Fields of provisioned things that are read when asked for. */
export const PROVISIONING_FIELDS: Readonly<Record<string, Readonly<Record<string, Resolve>>>> = {
  SipUser: {
    provisioning,
    person: (user: SipUserNode, _args, { loaders }) => loaders.provisioning.person(user.sealed),
    presence: (user: SipUserNode, _args, { loaders }) => loaders.provisioning.presence(callsUserOf(user)),
  },
  Trunk: {
    provisioning,
    gateways: (trunk: TrunkNode, _args, { loaders }) => loaders.provisioning.gateways(callsTrunksOf(trunk)),
  },
  PhoneNumber: { provisioning },
  RouteSet: { provisioning },
  BlockedCaller: { provisioning },
  ConferenceRoom: { provisioning },
  CallQueue: { provisioning },
  IvrMenu: { provisioning },
}
