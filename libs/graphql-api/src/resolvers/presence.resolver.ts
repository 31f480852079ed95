import { Args, Context, Query, Resolver } from '@nestjs/graphql'
import { RegistrationsFilter } from '../inputs/feed-filters.input.js'
import { PageArgs } from '../inputs/page.args.js'
import type { ApiContext } from '../queries/context.js'
import { findPresence, findPresenceOf, findRegistrations } from '../queries/presence.query.js'
import { Allow } from '../schema/allow.js'
import { Presence, PresenceConnection, RegistrationConnection } from '../types/presence.type.js'

const usersArgument = { type: () => [String], nullable: true, description: 'user@domain, or users of your tenant' }
const filterArgument = { type: () => RegistrationsFilter, nullable: true }

@Resolver()
export class PresenceResolver {
  @Allow('admin', 'operator', 'analyst', 'user')
  @Query(() => PresenceConnection, { description: 'Presence by user; for the role user only of oneself' })
  presence(
    @Context() context: ApiContext,
    @Args('users', usersArgument) users: string[] | null,
    @Args() page: PageArgs,
  ) {
    return findPresence(context, users, page)
  }

  @Allow('admin', 'operator', 'analyst', 'user')
  @Query(() => Presence, { nullable: true })
  presenceOf(@Context() context: ApiContext, @Args('user', { type: () => String }) user: string) {
    return findPresenceOf(context, user)
  }

  @Allow('admin', 'operator', 'analyst', 'user')
  @Query(() => RegistrationConnection, { description: 'Contacts, also those that were removed or ran out' })
  registrations(
    @Context() context: ApiContext,
    @Args('filter', filterArgument) filter: RegistrationsFilter | null,
    @Args() page: PageArgs,
  ) {
    return findRegistrations(context, filter ?? {}, page)
  }
}
