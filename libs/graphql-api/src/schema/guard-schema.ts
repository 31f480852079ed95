import type { Role } from '@trunkline/access'
import { defaultFieldResolver, isObjectType, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql'
import { ApiError } from '../errors/index.js'
import type { ApiContext } from '../queries/context.js'
import { ALLOW } from './allow.js'

/**
 * Puts the check of roles into the schema itself, so that it holds over HTTP, WebSocket and for live events.
 * Throws when a root field names no roles: nothing is open by oversight.
 */
export function guardSchema(schema: GraphQLSchema): void {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue
    for (const field of Object.values(type.getFields())) {
      const roles = field.extensions[ALLOW] as readonly Role[] | undefined
      if (roles === undefined) {
        if (roots.includes(type)) throw new Error(`${type.name}.${field.name} names no roles`)
        continue
      }
      const allowed = new Set(roles)
      field.resolve = guarded(allowed, field.resolve ?? defaultFieldResolver)
      if (field.subscribe) field.subscribe = guarded(allowed, field.subscribe)
    }
  }
}

type Resolve = GraphQLFieldResolver<unknown, ApiContext>

function guarded(allowed: ReadonlySet<Role>, resolve: Resolve): Resolve {
  return (source, args, context, info) => {
    if (!allowed.has(context.viewer.role)) throw new ApiError('FORBIDDEN')
    return resolve(source, args, context, info)
  }
}
