import { Args, Context, Query, Resolver } from '@nestjs/graphql'
import { BansFilter } from '../inputs/bans-filter.input.js'
import { PageArgs } from '../inputs/page.args.js'
import { findBans } from '../queries/bans.query.js'
import type { ApiContext } from '../queries/context.js'
import { Allow } from '../schema/allow.js'
import { BanConnection } from '../types/ban.type.js'

@Resolver()
export class BansResolver {
  @Allow('admin', 'operator')
  @Query(() => BanConnection, { description: 'Who was banned for guessing passwords, active and past, newest first' })
  bans(
    @Context() context: ApiContext,
    @Args('filter', { type: () => BansFilter, nullable: true }) filter: BansFilter | null,
    @Args() page: PageArgs,
  ) {
    return findBans(context, filter ?? {}, page)
  }
}
