import { GraphQLObjectType, GraphQLSchema } from 'graphql'
import { accountMutations } from './account-mutations.js'
import { commandMutations } from './command-mutations.js'
import { phoneMutations } from './phone-mutations.js'
import { SchemaTypes } from './schema-types.js'

/** The schema with a mutation for each command. */
export function withMutations(schema: GraphQLSchema): GraphQLSchema {
  const types = new SchemaTypes(schema)
  const mutation = new GraphQLObjectType({
    name: 'Mutation',
    fields: { ...commandMutations(types), ...accountMutations(types), ...phoneMutations(types) },
  })
  const config = schema.toConfig()
  return new GraphQLSchema({ ...config, mutation })
}
