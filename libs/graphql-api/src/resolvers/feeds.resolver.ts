import { Args, Context, Query, Resolver } from '@nestjs/graphql'
import { AuthenticationFailuresFilter, MessagesFilter, RecordingsFilter } from '../inputs/feed-filters.input.js'
import { PageArgs } from '../inputs/page.args.js'
import type { ApiContext } from '../queries/context.js'
import { findActivity, findAuthenticationFailures, findMessages, findRecordings } from '../queries/feeds.query.js'
import { Allow } from '../schema/allow.js'
import { ActivityConnection, AuthenticationFailureConnection, MessageConnection } from '../types/feed.type.js'
import { RecordingConnection } from '../types/recording.type.js'

const recordingsFilter = { type: () => RecordingsFilter, nullable: true }
const messagesFilter = { type: () => MessagesFilter, nullable: true }
const failuresFilter = { type: () => AuthenticationFailuresFilter, nullable: true }

@Resolver()
export class FeedsResolver {
  @Allow('admin', 'operator', 'analyst', 'user')
  @Query(() => RecordingConnection, { description: 'Recordings, newest first' })
  recordings(
    @Context() context: ApiContext,
    @Args('filter', recordingsFilter) filter: RecordingsFilter | null,
    @Args() page: PageArgs,
  ) {
    return findRecordings(context, filter ?? {}, page)
  }

  @Allow('admin', 'operator', 'analyst', 'user')
  @Query(() => MessageConnection, { description: 'SIP messages, newest first' })
  messages(
    @Context() context: ApiContext,
    @Args('filter', messagesFilter) filter: MessagesFilter | null,
    @Args() page: PageArgs,
  ) {
    return findMessages(context, filter ?? {}, page)
  }

  @Allow('admin', 'operator', 'analyst', 'user')
  @Query(() => ActivityConnection, { description: 'What happened to a user, newest first' })
  activity(@Context() context: ApiContext, @Args('user', { type: () => String }) user: string, @Args() page: PageArgs) {
    return findActivity(context, user, page)
  }

  @Allow('admin', 'operator')
  @Query(() => AuthenticationFailureConnection, { description: 'Refused credentials, newest first' })
  authenticationFailures(
    @Context() context: ApiContext,
    @Args('filter', failuresFilter) filter: AuthenticationFailuresFilter | null,
    @Args() page: PageArgs,
  ) {
    return findAuthenticationFailures(context, filter ?? {}, page)
  }
}
