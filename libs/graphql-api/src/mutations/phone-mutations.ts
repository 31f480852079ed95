import { phoneSetup, phoneSetupInput, phoneSetupSchema, PHONE_SETUP_ROLES } from '@trunkline/command-http'
import { GraphQLNonNull, type GraphQLFieldConfig, type GraphQLInputType } from 'graphql'
import { ApiError } from '../errors/index.js'
import type { ApiContext } from '../queries/context.js'
import { ALLOW } from '../schema/allow.js'
import { shapeOfSchema } from './json-shape.js'
import type { SchemaTypes } from './schema-types.js'
import { writeSideOf } from './write-side.js'

/** A mutation, though it changes nothing: a password may be in it, which must not get into an address. */
export function phoneMutations(types: SchemaTypes): Record<string, GraphQLFieldConfig<unknown, ApiContext>> {
  const input = types.input(shapeOfSchema(phoneSetupInput, 'phoneSetup'), 'PhoneSetup') as GraphQLInputType
  return {
    phoneSetup: {
      description: 'Tells how to set up a phone for a SIP user: settings, file and QR code',
      type: new GraphQLNonNull(types.output(shapeOfSchema(phoneSetupSchema, 'phoneSetup'), 'PhoneSetup')),
      args: { input: { type: new GraphQLNonNull(input) } },
      extensions: { [ALLOW]: ['admin', ...PHONE_SETUP_ROLES] },
      resolve: (_source, args, context) => {
        const given = Object.entries(args['input'] as object).filter(([, value]) => value !== null)
        const parsed = phoneSetupInput.safeParse(Object.fromEntries(given))
        if (!parsed.success) {
          const errors = parsed.error.issues.map(({ path, message }) => ({ field: path.join('.'), rule: message }))
          throw new ApiError('INVALID', undefined, { errors })
        }
        return phoneSetup(parsed.data, context.viewer, writeSideOf(context))
      },
    },
  }
}
