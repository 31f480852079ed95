import type { GraphQLSchema } from 'graphql'
import { installFieldResolvers } from './field-resolvers.js'
import { guardSchema } from './guard-schema.js'

/** What is done to the schema that the decorators give before anything uses it. */
export function finishSchema(schema: GraphQLSchema): GraphQLSchema {
  installFieldResolvers(schema)
  guardSchema(schema)
  return schema
}
