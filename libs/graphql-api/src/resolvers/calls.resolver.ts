import { Args, Context, ID, Query, Resolver } from '@nestjs/graphql'
import { Allow } from '../schema/allow.js'
import { CallsFilter } from '../inputs/calls-filter.input.js'
import { PageArgs } from '../inputs/page.args.js'
import { findCalls, type SortOrder } from '../queries/calls.query.js'
import type { ApiContext } from '../queries/context.js'
import { findLiveCalls } from '../queries/live-calls.query.js'
import { Call, CallConnection } from '../types/call.type.js'
import { SortOrderEnum } from '../types/enums.js'

const filterArgument = { type: () => CallsFilter, nullable: true }
const orderArgument = { type: () => SortOrderEnum, defaultValue: 'desc' }

@Resolver()
export class CallsResolver {
  @Allow('admin', 'operator', 'analyst', 'user')
  @Query(() => CallConnection, {
    description: 'Calls, newest first',
  })
  calls(
    @Context() context: ApiContext,
    @Args('filter', filterArgument) filter: CallsFilter | null,
    @Args('orderBy', orderArgument) orderBy: SortOrder,
    @Args() page: PageArgs,
  ) {
    return findCalls(context, filter ?? {}, { ...page, orderBy })
  }

  @Allow('admin', 'operator', 'analyst', 'user')
  @Query(() => Call, { nullable: true, description: 'Null when there is none, or when it is not yours to see' })
  call(@Context() context: ApiContext, @Args('id', { type: () => ID }) id: string) {
    return context.loaders.calls.load(id)
  }

  @Allow('admin', 'operator', 'analyst', 'user')
  @Query(() => [Call], { description: 'Calls that go on now, newest first' })
  liveCalls(@Context() context: ApiContext) {
    return findLiveCalls(context.reader, context.viewer)
  }
}
