import { ROLES, type Role } from '@trunkline/access'
import { ACCOUNT_OPERATIONS, type AccountOperation } from '@trunkline/accounts'
import { GraphQLNonNull, type GraphQLFieldConfig, type GraphQLInputType, type GraphQLOutputType } from 'graphql'
import { ANONYMOUS } from '../http/anonymous.js'
import { ApiError } from '../errors/index.js'
import type { ApiContext } from '../queries/context.js'
import { ALLOW } from '../schema/allow.js'
import { shapeOfSchema } from './json-shape.js'
import { plain } from './plain.js'
import type { SchemaTypes } from './schema-types.js'

const MUTATIONS = ACCOUNT_OPERATIONS.filter(({ kind }) => kind === 'mutation')

/** Mutations that need no token, by name. */
export const OPEN_MUTATIONS: ReadonlySet<string> = new Set(
  MUTATIONS.filter(({ needsToken }) => !needsToken).map(({ name }) => name),
)

/** Login, tokens and accounts as fields of Mutation, by name. */
export function accountMutations(types: SchemaTypes): Record<string, GraphQLFieldConfig<unknown, ApiContext>> {
  return Object.fromEntries(MUTATIONS.map((operation) => [operation.name, field(operation)]))

  function field({ name, summary, needsToken, input, output, run }: AccountOperation) {
    const typeName = `${name.charAt(0).toUpperCase()}${name.slice(1)}`
    const shape = shapeOfSchema(input, name)
    const isEmpty = shape.kind === 'object' && Object.keys(shape.fields).length === 0
    const roles: readonly Role[] = needsToken ? ROLES : [...ROLES, ANONYMOUS]
    return {
      description: summary,
      type: new GraphQLNonNull(types.output(shapeOfSchema(output, name), `${typeName}Payload`)) as GraphQLOutputType,
      args: isEmpty ? {} : { input: { type: new GraphQLNonNull(types.input(shape, typeName)) as GraphQLInputType } },
      extensions: { [ALLOW]: roles },
      resolve: async (_source: unknown, args: { readonly input?: unknown }, context: ApiContext) => {
        const { services, viewer, address = '' } = context
        const accounts = services?.accounts
        if (accounts === undefined) throw new ApiError('NO_ACCOUNTS')
        return run({ accounts, viewer: needsToken ? viewer : undefined, address }, plain(args.input ?? {}))
      },
    }
  }
}
