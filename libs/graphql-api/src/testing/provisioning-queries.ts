/** Every query about what is provisioned, for tests of plans and answers. */
import type { ThingKind } from '@trunkline/provisioning-views'
import type { AuditFilter, ProvisioningItemsFilter, ThingsFilter } from '../inputs/provisioning.input.js'
import type { TrunkNode } from '../nodes/provisioning.nodes.js'
import * as node from '../nodes/provisioning.nodes.js'
import type { PageArguments } from '../paging/index.js'
import type { ApiContext } from '../queries/context.js'
import { findAudit, findProvisioningItems } from '../queries/provisioning-feeds.query.js'
import { findPersonData } from '../queries/provisioning-person.query.js'
import { findOne, findThings } from '../queries/provisioning-things.query.js'
import { callsTrunksOf, callsUserOf } from '../schema/provisioning-fields.js'
import type { AnyQuery } from './every-query.js'
import { SAMPLE } from './provisioned-rows.js'
import { A, START } from './sample-calls.js'

const range = { from: START, to: START + 60_000 }
const FILTERS: readonly ThingsFilter[] = [{}, { tenant: A }, { tenant: A, status: 'active' }, { status: 'removed' }]
const OF_USERS: readonly ThingsFilter[] = [{ tenant: A, status: 'suspended', name: 'user3' }]
const AUDIT: readonly AuditFilter[] = [
  {},
  range,
  { tenant: A },
  { tenant: A, actor: 'olga' },
  { actor: 'olga', ...range },
  { stream: `sip_user-${SAMPLE.sip_user}` },
  { stream: `sip_user-${SAMPLE.sip_user}`, actor: 'olga', ...range },
]
const ITEMS: readonly ProvisioningItemsFilter[] = [
  {},
  { tenant: A },
  { tenant: A, state: 'pending' },
  { state: 'failed' },
  { kind: 'sip_user', state: 'failed', target: 'kamailio' },
  { kind: 'trunk' },
  { tenant: A, kind: 'sip_user', state: 'applied' },
  { tenant: A, kind: 'number', target: 'kamailio' },
  { kind: 'sip_user', id: SAMPLE.sip_user },
]

function things<K extends ThingKind>(
  field: string,
  kind: K,
  { toNode, names }: { readonly toNode: (thing: never) => unknown; readonly names: readonly string[] },
  only?: 'staff',
): AnyQuery[] {
  const own = kind === 'sip_user' ? OF_USERS : []
  const filters = [...FILTERS, ...own, ...names.flatMap((name) => [{ name }, { tenant: A, name }])]
  return filters.map((filter) => {
    const page = (context: ApiContext, some: PageArguments) =>
      findThings(context, { kind, filter: ofViewer(context, filter), page: some, node: toNode as never })
    return {
      field,
      filter,
      run: (context: ApiContext) => page(context, {}),
      page,
      ...(only === undefined ? {} : { only }),
    }
  })
}

/** Only who sees all tenants has one to choose. */
function ofViewer<F extends { tenant?: string | null }>({ viewer }: ApiContext, { tenant, ...rest }: F): F {
  return (viewer.tenant === '*' && tenant !== undefined ? { ...rest, tenant } : rest) as F
}

const lists = <F extends { tenant?: string | null }>(
  field: string,
  filters: readonly F[],
  find: (context: ApiContext, filter: F, page: PageArguments) => Promise<unknown>,
): AnyQuery[] =>
  filters.map((filter) => ({
    field,
    filter,
    run: (context) => find(context, ofViewer(context, filter), {}),
    page: (context, page) => find(context, ofViewer(context, filter), page),
    only: 'staff',
  }))

const one = (field: string, kind: ThingKind, asked: { id?: string; name?: string }, only?: 'staff'): AnyQuery => ({
  field,
  filter: asked,
  run: (context) => findOne(context, { kind, ...asked, node: (thing) => thing }),
  ...(only === undefined ? {} : { only }),
})

/** A page with all that can be asked for beside its nodes. */
const beside: readonly AnyQuery[] = [
  {
    field: 'sipUsers',
    filter: 'with all beside them',
    run: async (context) => {
      const { edges } = await findThings(context, { kind: 'sip_user', page: {}, node: node.sipUserNode })
      const { provisioning } = context.loaders
      return Promise.all(
        edges.map(async ({ node: user }) => [
          await Promise.all([provisioning.items(user), provisioning.presence(callsUserOf(user))]),
          await provisioning.figures({ by: 'user', tenant: user.tenant, names: [callsUserOf(user)] }, range),
        ]),
      )
    },
  },
  {
    field: 'trunks',
    filter: 'with all beside them',
    run: async (context) => {
      const { edges } = await findThings(context, { kind: 'trunk', page: { first: 20 }, node: node.trunkNode })
      const { provisioning } = context.loaders
      const figures = (trunk: TrunkNode) =>
        provisioning.figures({ by: 'trunk', tenant: trunk.tenant, names: callsTrunksOf(trunk) }, range)
      return Promise.all(
        edges.map(({ node: trunk }) => Promise.all([figures(trunk), provisioning.gateways(callsTrunksOf(trunk))])),
      )
    },
    only: 'staff',
  },
]

export const PROVISIONING_QUERIES: readonly AnyQuery[] = [
  ...things('sipUsers', 'sip_user', { toNode: node.sipUserNode, names: ['u', 'user3', 'user336'] }),
  one('sipUser', 'sip_user', { id: SAMPLE.sip_user }),
  one('sipUser', 'sip_user', { name: `Alice@${A}` }),
  ...things('trunks', 'trunk', { toNode: node.trunkNode, names: ['carrier2'] }, 'staff'),
  one('trunk', 'trunk', { id: SAMPLE.trunk }, 'staff'),
  ...things('numbers', 'number', { toNode: node.phoneNumberNode, names: ['+4910'] }, 'staff'),
  one('number', 'number', { id: SAMPLE.number }, 'staff'),
  one('number', 'number', { name: '+49100012' }, 'staff'),
  one('routes', 'route_set', { id: A }, 'staff'),
  ...things('blockedCallers', 'blocked_caller', { toNode: node.blockedCallerNode, names: ['+44'] }, 'staff'),
  one('blockedCaller', 'blocked_caller', { id: SAMPLE.blocked_caller }, 'staff'),
  ...things('conferenceRooms', 'conference_room', { toNode: node.conferenceRoomNode, names: ['1'] }, 'staff'),
  one('conferenceRoom', 'conference_room', { id: SAMPLE.conference_room }, 'staff'),
  ...things('callQueues', 'call_queue', { toNode: node.callQueueNode, names: ['1'] }, 'staff'),
  one('callQueue', 'call_queue', { name: `100015@${A}` }, 'staff'),
  ...things('ivrMenus', 'ivr_menu', { toNode: node.ivrMenuNode, names: ['1'] }, 'staff'),
  one('ivrMenu', 'ivr_menu', { id: SAMPLE.ivr_menu }, 'staff'),
  ...lists('audit', AUDIT, findAudit),
  ...lists('provisioningItems', ITEMS, findProvisioningItems),
  ...beside,
  {
    field: 'personData',
    filter: SAMPLE.sip_user,
    run: (context) => findPersonData(context, SAMPLE.sip_user),
  },
]
