import { Args, Context, Resolver, Subscription } from '@nestjs/graphql'
import { CallEventsFilter } from '../inputs/feed-filters.input.js'
import type { LiveRequest } from '../live/live-request.js'
import type { ApiContext } from '../queries/context.js'
import { fullUser } from '../queries/scope.js'
import { askedUsers } from '../queries/presence.query.js'
import { Allow } from '../schema/allow.js'
import { CallEventMessage, LiveCallsMessage, PresenceMessage } from '../types/live.type.js'

const filterArgument = { type: () => CallEventsFilter, nullable: true }
const usersArgument = { type: () => [String], nullable: true, description: 'user@domain, or users of your tenant' }
const afterArgument = {
  type: () => String,
  nullable: true,
  description: 'Cursor of the last message that was received',
}

/** Says what a subscription asks for; the live hub serves it (see `live/live-hub.ts`). */
@Resolver()
export class LiveResolver {
  @Allow('admin', 'operator', 'analyst', 'user')
  @Subscription(() => CallEventMessage, { description: 'Every event of every call, each exactly once' })
  callEvents(
    @Context() { viewer }: ApiContext,
    @Args('filter', filterArgument) filter: CallEventsFilter | null,
    @Args('after', afterArgument) after: string | null,
  ): LiveRequest {
    const user = filter?.user == null ? undefined : fullUser(viewer, filter.user)
    return { kind: 'callEvents', filter: { ...filter, user: user ?? null }, after: after ?? undefined }
  }

  @Allow('admin', 'operator', 'analyst', 'user')
  @Subscription(() => LiveCallsMessage, { description: 'All live calls, then every change' })
  liveCalls(@Args('after', afterArgument) after: string | null): LiveRequest {
    return { kind: 'liveCalls', after: after ?? undefined }
  }

  @Allow('admin', 'operator', 'analyst', 'user')
  @Subscription(() => PresenceMessage, { description: 'Presence of all users asked for, then every change' })
  presence(
    @Context() { viewer }: ApiContext,
    @Args('users', usersArgument) users: string[] | null,
    @Args('after', afterArgument) after: string | null,
  ): LiveRequest {
    return { kind: 'presence', users: askedUsers(viewer, users), after: after ?? undefined }
  }
}
