import { GraphQLObjectType, GraphQLSchema } from 'graphql'
import { accountMutations } from './account-mutations.js'
import { commandMutations } from './command-mutations.js'
import { operationMutations, operationQueries } from './operation-fields.js'
import { phoneMutations } from './phone-mutations.js'
import { SchemaTypes } from './schema-types.js'

/** The schema with a mutation for each command, and with what else the REST API can do. */
export function withMutations(schema: GraphQLSchema): GraphQLSchema {
  const types = new SchemaTypes(schema)
  const mutation = new GraphQLObjectType({
    name: 'Mutation',
    fields: {
      ...commandMutations(types),
      ...operationMutations(types),
      ...accountMutations(types),
      ...phoneMutations(types),
    },
  })
  const former = schema.getQueryType()!
  const { fields, ...ofQuery } = former.toConfig()
  const query = new GraphQLObjectType({ ...ofQuery, fields: { ...fields, ...operationQueries(types) } })
  const config = schema.toConfig()
  return new GraphQLSchema({ ...config, types: config.types.filter((type) => type !== former), query, mutation })
}
