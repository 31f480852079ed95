import { COMMANDS, type CommandDeclaration } from '@trunkline/commands'
import {
  GraphQLBoolean,
  GraphQLID,
  GraphQLInt,
  GraphQLInterfaceType,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLString,
  type GraphQLFieldConfig,
  type GraphQLInputType,
} from 'graphql'
import type { z } from 'zod'
import type { ApiContext } from '../queries/context.js'
import { ALLOW } from '../schema/allow.js'
import { shapeOfSchema } from './json-shape.js'
import { plain } from './plain.js'
import type { SchemaTypes } from './schema-types.js'
import { writeSideOf } from './write-side.js'

const outcome = {
  id: {
    type: new GraphQLNonNull(GraphQLID),
    description: 'Of the thing; for routes the tenant, for a blocked caller its key',
  },
  tenant: { type: new GraphQLNonNull(GraphQLString), description: 'SIP domain' },
  revision: {
    type: new GraphQLNonNull(GraphQLInt),
    description: 'Of the thing after the command; give it as atLeastRevision or expectedRevision',
  },
  changed: { type: new GraphQLNonNull(GraphQLBoolean), description: 'False when what was asked for was true already' },
  replayed: {
    type: new GraphQLNonNull(GraphQLBoolean),
    description: 'True when this is the answer to the same command sent before',
  },
}

type MutationField = GraphQLFieldConfig<unknown, ApiContext>

/** The commands as fields of Mutation, by name. */
export function commandMutations(types: SchemaTypes): Record<string, MutationField> {
  const payload = new GraphQLInterfaceType({
    name: 'CommandPayload',
    description: 'What every command answers',
    fields: outcome,
  })
  const done = new GraphQLObjectType({
    name: 'CommandDone',
    description: 'What a command answers that has nothing else to tell',
    interfaces: [payload],
    fields: outcome,
  })
  return Object.fromEntries(COMMANDS.map((declaration) => [declaration.name, field(declaration)]))

  function field(declaration: CommandDeclaration): MutationField {
    const { name, summary, roles } = declaration
    const typeName = name.charAt(0).toUpperCase() + name.slice(1)
    const input = shapeOfSchema(declaration.input as z.ZodType, name)
    return {
      description: summary,
      type: new GraphQLNonNull(declaration.result === undefined ? done : withResult(declaration, typeName)),
      args: {
        input: { type: new GraphQLNonNull(types.input(input, typeName) as GraphQLInputType) },
        idempotencyKey: {
          type: new GraphQLNonNull(GraphQLString),
          description: 'A new UUID for each command; the same one again when the command is repeated',
        },
        expectedRevision: {
          type: GraphQLInt,
          description: 'Refuses the command when the thing has another revision by now',
        },
      },
      extensions: { [ALLOW]: [...new Set(['admin', ...roles])] },
      resolve: async (_source, { input, idempotencyKey, expectedRevision }, context) =>
        writeSideOf(context).commander.execute({
          name,
          input: plain(input),
          viewer: context.viewer,
          idempotencyKey: idempotencyKey as string,
          expectedRevision: (expectedRevision as number | null | undefined) ?? undefined,
          correlationId: context.correlationId,
          traceparent: context.traceparent,
        }),
    }
  }

  function withResult({ result, summary }: CommandDeclaration, typeName: string): GraphQLObjectType {
    const type = types.output(shapeOfSchema(result as z.ZodType, typeName), `${typeName}Result`)
    return new GraphQLObjectType({
      name: `${typeName}Payload`,
      description: summary,
      interfaces: [payload],
      fields: { ...outcome, result: { type } },
    })
  }
}
