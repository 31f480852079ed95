import type { GraphQLSchema } from 'graphql'
import { withMutations } from '../mutations/with-mutations.js'
import { installFieldResolvers } from './field-resolvers.js'
import { guardSchema } from './guard-schema.js'

/** What is done to the schema that the decorators give before anything uses it. */
export function finishSchema(decorated: GraphQLSchema): GraphQLSchema {
  const schema = withMutations(decorated)
  installFieldResolvers(schema)
  guardSchema(schema)
  return schema
}
