import { Args, Context, ID, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql'
import { AtLeast, AuditFilter, ProvisioningItemsFilter } from '../inputs/provisioning.input.js'
import { PageArgs } from '../inputs/page.args.js'
import type { SipUserNode, TrunkNode } from '../nodes/provisioning.nodes.js'
import type { ApiContext } from '../queries/context.js'
import { findAudit, findProvisioningItems } from '../queries/provisioning-feeds.query.js'
import { checkFiguresRange } from '../queries/provisioning-figures.query.js'
import { findPersonData } from '../queries/provisioning-person.query.js'
import { Allow } from '../schema/allow.js'
import { callsTrunksOf, callsUserOf } from '../schema/provisioning-fields.js'
import { DateTime } from '../schema/scalars.js'
import { AuditEntryConnection } from '../types/provisioning-audit.type.js'
import { ProvisioningItemConnection } from '../types/provisioning-item.type.js'
import { CallFigures } from '../types/provisioning-thing.type.js'
import { Trunk } from '../types/provisioning-trunk.type.js'
import { PersonData, SipUser } from '../types/provisioning-user.type.js'
import { atLeastArgument } from './provisioning.resolver.js'

const auditFilter = { type: () => AuditFilter, nullable: true } as const
const itemsFilter = { type: () => ProvisioningItemsFilter, nullable: true } as const
const time = { type: () => DateTime } as const
const figures = { description: 'Of at most 400 days; `from` is rounded down to its hour' }

@Resolver()
export class ProvisioningReportsResolver {
  @Allow('admin', 'operator')
  @Query(() => AuditEntryConnection, { description: 'Who did what when, newest first' })
  audit(
    @Context() context: ApiContext,
    @Args('filter', auditFilter) filter: AuditFilter | null,
    @Args('atLeast', atLeastArgument) atLeast: AtLeast | null,
    @Args() page: PageArgs,
  ) {
    return findAudit(context, { ...filter, atLeast }, page)
  }

  @Allow('admin', 'operator', 'analyst')
  @Query(() => ProvisioningItemConnection, { description: 'How far each thing has come at Kamailio and FreeSWITCH' })
  provisioningItems(
    @Context() context: ApiContext,
    @Args('filter', itemsFilter) filter: ProvisioningItemsFilter | null,
    @Args('atLeast', atLeastArgument) atLeast: AtLeast | null,
    @Args() page: PageArgs,
  ) {
    return findProvisioningItems(context, { ...filter, atLeast }, page)
  }

  @Allow('admin', 'operator', 'user')
  @Query(() => PersonData, {
    nullable: true,
    description: 'All that is provisioned about the person behind a SIP user; for the role user only of oneself',
  })
  personData(@Context() context: ApiContext, @Args('userId', { type: () => ID }) userId: string) {
    return findPersonData(context, userId)
  }
}

@Resolver(() => SipUser)
export class SipUserResolver {
  @ResolveField(() => CallFigures, {
    ...figures,
    description: `Internal and outbound calls that the user made, and inbound ones to the user. ${figures.description}`,
  })
  statistics(
    @Parent() user: SipUserNode,
    @Context() { loaders }: ApiContext,
    @Args('from', time) from: number,
    @Args('to', time) to: number,
  ) {
    checkFiguresRange({ from, to })
    return loaders.provisioning.figures({ by: 'user', tenant: user.tenant, names: [callsUserOf(user)] }, { from, to })
  }
}

@Resolver(() => Trunk)
export class TrunkResolver {
  @ResolveField(() => CallFigures, {
    description: `Calls of the tenant that came or went through the trunk. ${figures.description}`,
  })
  statistics(
    @Parent() trunk: TrunkNode,
    @Context() { loaders }: ApiContext,
    @Args('from', time) from: number,
    @Args('to', time) to: number,
  ) {
    checkFiguresRange({ from, to })
    return loaders.provisioning.figures(
      { by: 'trunk', tenant: trunk.tenant, names: callsTrunksOf(trunk) },
      { from, to },
    )
  }
}
