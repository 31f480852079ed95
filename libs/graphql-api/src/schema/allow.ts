import { Extensions } from '@nestjs/graphql'
import type { Role } from '@trunkline/access'

/** Name of the extension that lists the roles a field is open to. */
export const ALLOW = 'allow'

/**
 * Roles that may use a field. Every field of Query, Mutation and Subscription must have it; a field of another
 * type without it is open to whoever could reach the object.
 */
export const Allow = (...roles: readonly [Role, ...Role[]]) => Extensions({ [ALLOW]: roles })

/** Number of entries that a list is taken for when the cost of a query is reckoned. */
export const LIST_SIZE = 'listSize'
export const ListSize = (size: number) => Extensions({ [LIST_SIZE]: size })
