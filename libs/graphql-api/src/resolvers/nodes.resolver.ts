import { Args, Context, Query, Resolver } from '@nestjs/graphql'
import { PageArgs } from '../inputs/page.args.js'
import type { ApiContext } from '../queries/context.js'
import { findGateways, findParkedRecords, findSwitches } from '../queries/nodes.query.js'
import { Allow } from '../schema/allow.js'
import { ParkedRecordConnection } from '../types/feed.type.js'
import { Gateway, Switch } from '../types/node.type.js'

@Resolver()
export class NodesResolver {
  @Allow('admin', 'operator', 'analyst')
  @Query(() => [Switch], { description: 'FreeSWITCH and Kamailio nodes that are listened to' })
  switches(@Context() context: ApiContext) {
    return findSwitches(context)
  }

  @Allow('admin', 'operator')
  @Query(() => [Gateway], { description: 'Trunks as the switches see them' })
  gateways(
    @Context() context: ApiContext,
    @Args('switch', { type: () => String, nullable: true }) switchName: string | null,
  ) {
    return findGateways(context, switchName)
  }

  @Allow('admin')
  @Query(() => ParkedRecordConnection, { description: 'For an admin of all tenants' })
  parkedRecords(@Context() context: ApiContext, @Args() page: PageArgs) {
    return findParkedRecords(context, page)
  }
}
