import { Args, Context, Query, Resolver } from '@nestjs/graphql'
import { ConferenceMembersFilter, QueueVisitsFilter } from '../inputs/feed-filters.input.js'
import { PageArgs } from '../inputs/page.args.js'
import type { ApiContext } from '../queries/context.js'
import { findConferenceMembers, findConferences, findQueueVisits, findQueues } from '../queries/services.query.js'
import { findStatistics, type Dimension, type StatisticsRequest } from '../queries/statistics.query.js'
import { Allow, ListSize } from '../schema/allow.js'
import { DateTime } from '../schema/scalars.js'
import { IntervalEnum, StatisticsDimensionEnum } from '../types/enums.js'
import { Conference, ConferenceMemberConnection, QueueSummary, QueueVisitConnection } from '../types/services.type.js'
import { StatisticsBucket } from '../types/statistics.type.js'

const intervalArgument = { type: () => IntervalEnum, defaultValue: 'HOUR' }
const dimensionsArgument = { type: () => [StatisticsDimensionEnum], defaultValue: [] }
const timeArgument = { type: () => DateTime }
const membersFilter = { type: () => ConferenceMembersFilter, nullable: true }
const visitsFilter = { type: () => QueueVisitsFilter, nullable: true }

@Resolver()
export class ReportsResolver {
  @Allow('admin', 'operator', 'analyst')
  @ListSize(100)
  @Query(() => [StatisticsBucket], { description: 'Volume, answer and quality figures by interval and dimension' })
  statistics(
    @Context() context: ApiContext,
    @Args('interval', intervalArgument) interval: StatisticsRequest['interval'],
    @Args('dimensions', dimensionsArgument) dimensions: Dimension[],
    @Args('from', timeArgument) from: number,
    @Args('to', timeArgument) to: number,
  ) {
    return findStatistics(context, { interval, dimensions, from, to })
  }

  @Allow('admin', 'operator', 'analyst')
  @Query(() => [Conference], { description: 'Conferences that have members now' })
  conferences(@Context() context: ApiContext) {
    return findConferences(context)
  }

  @Allow('admin', 'operator', 'analyst')
  @Query(() => ConferenceMemberConnection, { description: 'Visits to conferences, live and past, newest first' })
  conferenceMembers(
    @Context() context: ApiContext,
    @Args('filter', membersFilter) filter: ConferenceMembersFilter | null,
    @Args() page: PageArgs,
  ) {
    return findConferenceMembers(context, filter ?? {}, page)
  }

  @Allow('admin', 'operator', 'analyst')
  @Query(() => [QueueSummary], { description: 'Queues that callers visited in the given time, at most 92 days' })
  queues(
    @Context() context: ApiContext,
    @Args('from', timeArgument) from: number,
    @Args('to', timeArgument) to: number,
  ) {
    return findQueues(context, from, to)
  }

  @Allow('admin', 'operator', 'analyst')
  @Query(() => QueueVisitConnection, { description: 'Visits to queues, live and past, newest first' })
  queueVisits(
    @Context() context: ApiContext,
    @Args('filter', visitsFilter) filter: QueueVisitsFilter | null,
    @Args() page: PageArgs,
  ) {
    return findQueueVisits(context, filter ?? {}, page)
  }
}
