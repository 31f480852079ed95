import { Args, Context, ID, Int, Query, Resolver } from '@nestjs/graphql'
import { AtLeast, ThingsFilter } from '../inputs/provisioning.input.js'
import { PageArgs } from '../inputs/page.args.js'
import * as node from '../nodes/provisioning.nodes.js'
import type { ApiContext } from '../queries/context.js'
import { findOne, findThings, tenantOf } from '../queries/provisioning-things.query.js'
import { ApiError } from '../errors/index.js'
import { Allow } from '../schema/allow.js'
import * as services from '../types/provisioning-service.type.js'
import * as trunks from '../types/provisioning-trunk.type.js'
import { SipUser, SipUserConnection } from '../types/provisioning-user.type.js'

const text = { type: () => String, nullable: true } as const
export const id = { type: () => ID, nullable: true } as const
const filterArgument = { type: () => ThingsFilter, nullable: true } as const
const dialled = { ...text, description: 'What is dialled; for all tenants NUMBER@DOMAIN' }
const username = { ...text, description: 'User name or alias; for all tenants NAME@DOMAIN' }
const e164 = { ...text, description: 'E.164' }
export const atLeastArgument = { type: () => AtLeast, nullable: true } as const
const revisionArgument = {
  type: () => Int,
  nullable: true,
  description:
    'Waits up to 5 s until the view knows the thing with this revision, as a command answered it; else VIEWS_BEHIND',
} as const
const one = (what: string) => ({
  nullable: true,
  description: `A ${what}, also a removed one when it is asked for by its id. Null when there is none, or when it is not yours to see`,
})

type Id = string | null
type Filter = ThingsFilter | null
type Revision = number | null
type Fresh = AtLeast | null

@Resolver()
export class ProvisioningResolver {
  @Allow('admin', 'operator', 'analyst', 'user')
  @Query(() => SipUser, one('SIP user'))
  sipUser(
    @Context() context: ApiContext,
    @Args('id', id) id: Id,
    @Args('username', username) name: Id,
    @Args('atLeastRevision', revisionArgument) atLeastRevision: Revision,
  ) {
    return findOne(context, { kind: 'sip_user', id, name, atLeastRevision, node: node.sipUserNode })
  }

  @Allow('admin', 'operator', 'analyst', 'user')
  @Query(() => SipUserConnection, { description: 'SIP users by name; for the role user only oneself' })
  sipUsers(
    @Context() context: ApiContext,
    @Args('filter', filterArgument) filter: Filter,
    @Args('atLeast', atLeastArgument) atLeast: Fresh,
    @Args() page: PageArgs,
  ) {
    return findThings(context, { kind: 'sip_user', filter, atLeast, page, node: node.sipUserNode })
  }

  @Allow('admin', 'operator', 'analyst')
  @Query(() => trunks.Trunk, one('trunk'))
  trunk(
    @Context() context: ApiContext,
    @Args('id', { type: () => ID }) id: string,
    @Args('atLeastRevision', revisionArgument) atLeastRevision: Revision,
  ) {
    return findOne(context, { kind: 'trunk', id, atLeastRevision, node: node.trunkNode })
  }

  @Allow('admin', 'operator', 'analyst')
  @Query(() => trunks.TrunkConnection, { description: 'Trunks by name' })
  trunks(
    @Context() context: ApiContext,
    @Args('filter', filterArgument) filter: Filter,
    @Args('atLeast', atLeastArgument) atLeast: Fresh,
    @Args() page: PageArgs,
  ) {
    return findThings(context, { kind: 'trunk', filter, atLeast, page, node: node.trunkNode })
  }

  @Allow('admin', 'operator', 'analyst')
  @Query(() => trunks.PhoneNumber, one('telephone number'))
  number(
    @Context() context: ApiContext,
    @Args('id', id) id: Id,
    @Args('number', e164) name: Id,
    @Args('atLeastRevision', revisionArgument) atLeastRevision: Revision,
  ) {
    return findOne(context, { kind: 'number', id, name, atLeastRevision, node: node.phoneNumberNode })
  }

  @Allow('admin', 'operator', 'analyst')
  @Query(() => trunks.PhoneNumberConnection, { description: 'Telephone numbers in their order' })
  numbers(
    @Context() context: ApiContext,
    @Args('filter', filterArgument) filter: Filter,
    @Args('atLeast', atLeastArgument) atLeast: Fresh,
    @Args() page: PageArgs,
  ) {
    return findThings(context, { kind: 'number', filter, atLeast, page, node: node.phoneNumberNode })
  }

  @Allow('admin', 'operator', 'analyst')
  @Query(() => trunks.RouteSet, { nullable: true, description: 'All routes of a tenant; null when it never had any' })
  routes(
    @Context() context: ApiContext,
    @Args('tenant', { ...text, description: 'SIP domain; for a viewer of all tenants' }) tenant: Id,
    @Args('atLeastRevision', revisionArgument) atLeastRevision: Revision,
  ) {
    const asked = tenantOf(context.viewer, tenant)
    if (asked === undefined) throw new ApiError('BAD_USER_INPUT', 'for all tenants, the tenant must be given')
    return findOne(context, { kind: 'route_set', id: asked, atLeastRevision, node: node.routeSetNode })
  }

  @Allow('admin', 'operator', 'analyst')
  @Query(() => trunks.BlockedCaller, one('blocked caller'))
  blockedCaller(
    @Context() context: ApiContext,
    @Args('id', { type: () => ID }) id: string,
    @Args('atLeastRevision', revisionArgument) atLeastRevision: Revision,
  ) {
    return findOne(context, { kind: 'blocked_caller', id, atLeastRevision, node: node.blockedCallerNode })
  }

  @Allow('admin', 'operator', 'analyst')
  @Query(() => trunks.BlockedCallerConnection, { description: 'Blocked callers by number' })
  blockedCallers(
    @Context() context: ApiContext,
    @Args('filter', filterArgument) filter: Filter,
    @Args('atLeast', atLeastArgument) atLeast: Fresh,
    @Args() page: PageArgs,
  ) {
    return findThings(context, { kind: 'blocked_caller', filter, atLeast, page, node: node.blockedCallerNode })
  }
}

@Resolver()
export class ProvisionedServicesResolver {
  @Allow('admin', 'operator', 'analyst')
  @Query(() => services.ConferenceRoom, one('conference room'))
  conferenceRoom(
    @Context() context: ApiContext,
    @Args('id', id) id: Id,
    @Args('number', dialled) name: Id,
    @Args('atLeastRevision', revisionArgument) atLeastRevision: Revision,
  ) {
    return findOne(context, { kind: 'conference_room', id, name, atLeastRevision, node: node.conferenceRoomNode })
  }

  @Allow('admin', 'operator', 'analyst')
  @Query(() => services.ConferenceRoomConnection, { description: 'Conference rooms by number' })
  conferenceRooms(
    @Context() context: ApiContext,
    @Args('filter', filterArgument) filter: Filter,
    @Args('atLeast', atLeastArgument) atLeast: Fresh,
    @Args() page: PageArgs,
  ) {
    return findThings(context, { kind: 'conference_room', filter, atLeast, page, node: node.conferenceRoomNode })
  }

  @Allow('admin', 'operator', 'analyst')
  @Query(() => services.CallQueue, one('call queue'))
  callQueue(
    @Context() context: ApiContext,
    @Args('id', id) id: Id,
    @Args('number', dialled) name: Id,
    @Args('atLeastRevision', revisionArgument) atLeastRevision: Revision,
  ) {
    return findOne(context, { kind: 'call_queue', id, name, atLeastRevision, node: node.callQueueNode })
  }

  @Allow('admin', 'operator', 'analyst')
  @Query(() => services.CallQueueConnection, { description: 'Call queues by number' })
  callQueues(
    @Context() context: ApiContext,
    @Args('filter', filterArgument) filter: Filter,
    @Args('atLeast', atLeastArgument) atLeast: Fresh,
    @Args() page: PageArgs,
  ) {
    return findThings(context, { kind: 'call_queue', filter, atLeast, page, node: node.callQueueNode })
  }

  @Allow('admin', 'operator', 'analyst')
  @Query(() => services.IvrMenu, one('voice menu'))
  ivrMenu(
    @Context() context: ApiContext,
    @Args('id', id) id: Id,
    @Args('number', dialled) name: Id,
    @Args('atLeastRevision', revisionArgument) atLeastRevision: Revision,
  ) {
    return findOne(context, { kind: 'ivr_menu', id, name, atLeastRevision, node: node.ivrMenuNode })
  }

  @Allow('admin', 'operator', 'analyst')
  @Query(() => services.IvrMenuConnection, { description: 'Voice menus by number' })
  ivrMenus(
    @Context() context: ApiContext,
    @Args('filter', filterArgument) filter: Filter,
    @Args('atLeast', atLeastArgument) atLeast: Fresh,
    @Args() page: PageArgs,
  ) {
    return findThings(context, { kind: 'ivr_menu', filter, atLeast, page, node: node.ivrMenuNode })
  }
}
