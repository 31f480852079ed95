import { isObjectType, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql'
import type { CallNode } from '../nodes/call.node.js'
import type { ApiContext } from '../queries/context.js'
import { PROVISIONING_FIELDS } from './provisioning-fields.js'

type Resolve = GraphQLFieldResolver<never, ApiContext>

/** Fields that are read when asked for. All others are plain properties of the node. */
const RESOLVERS: Readonly<Record<string, Readonly<Record<string, Resolve>>>> = {
  Call: {
    // A call that came with an event carries its legs: answered at once, without a promise.
    legs: (call: CallNode, _args, { loaders }) => call.legs ?? loaders.legs.load(call.id).then((legs) => legs ?? []),
  },
  RelatedCall: {
    call: (related: { callId: string }, _args, { loaders }) => loaders.calls.load(related.callId),
  },
  Switch: {
    gaps: (node: { name: string }, _args, { loaders }) => loaders.gaps.load(node.name),
  },
  ...PROVISIONING_FIELDS,
}

export function installFieldResolvers(schema: GraphQLSchema): void {
  for (const [typeName, fields] of Object.entries(RESOLVERS)) {
    const type = schema.getType(typeName)
    if (!isObjectType(type)) throw new Error(`the schema has no type ${typeName}`)
    for (const [name, resolve] of Object.entries(fields)) {
      const field = type.getFields()[name]
      if (field === undefined) throw new Error(`the schema has no field ${typeName}.${name}`)
      field.resolve = resolve as GraphQLFieldResolver<unknown, ApiContext>
    }
  }
}
