/**
 * Shapes that several commands share. They say what is text, number or list; most bounds are the aggregates' own, which
 * name field and rule. Secrets and persons have their bounds here, since aggregates never see them in clear. Only what JSON Schema
 * can say: no transformations, no defaults.
 */
import { countRule, SUSPEND_REASONS, TARGET_KINDS } from '@trunkline/domain'
import { z } from 'zod'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export const uuid = (description: string) =>
  z.string().regex(UUID, 'must be a UUID in lower case').describe(description)

export const tenant = z.string().optional().describe('SIP domain; your own when left out')

/** Every command has these; the object refuses unknown fields. */
export const commandInput = <Shape extends z.ZodRawShape>(shape: Shape) => z.strictObject({ ...shape, tenant })

/** A command on one thing. */
export const onThing = <Shape extends z.ZodRawShape>(what: string, shape: Shape) =>
  commandInput({ id: uuid(`id of the ${what}`), ...shape })

export const integer = (description: string) => z.int('must be a whole number').describe(description)

/**
 * A list of the length that its aggregate allows, told here too: a body may hold a million items, and looking each of them
 * up, or comparing them, would keep everybody else waiting.
 */
export const list = <Item extends z.ZodType>(item: Item, most: number, least = 0) => {
  const rule = countRule({ min: least, max: most })
  return z.array(item).min(least, rule).max(most, rule)
}

export const limit = (description: string) =>
  z.int('must be a whole number').nullable().optional().describe(`${description}; null for no limit`)

/** Printable ASCII without blanks: what every phone lets one type in. */
export const sipPassword = z
  .string()
  .regex(/^[\x21-\x7e]{12,128}$/, 'must be 12 to 128 printable ASCII characters without blanks')

/** Whatever a provider gives out; the width of Kamailio's `uacreg.auth_password`. */
export const trunkPassword = z.string().regex(/^[\x20-\x7e]{1,64}$/, 'must be 1 to 64 printable ASCII characters')

export const pin = z.string().regex(/^[0-9]{4,12}$/, 'must be 4 to 12 digits')

/** Control characters, and halves of characters (lone surrogates), which cannot be kept: UTF-8 has no form for them. */
const UNFIT = '\\x00-\\x1f\\x7f\\ud800-\\udfff'
const EMAIL = new RegExp(`^[^\\s@${UNFIT}]{1,64}@[^\\s@${UNFIT}]{1,190}$`, 'u')

const printable = (max: number) =>
  z.string().regex(new RegExp(`^[^${UNFIT}]{1,${max}}$`, 'u'), `must be 1 to ${max} characters, none of control`)

export const person = z
  .strictObject({
    displayName: printable(128).nullable().optional().describe('name that is shown to those who are called'),
    email: z.string().regex(EMAIL, 'must be an e-mail address').nullable().optional(),
    phone: z
      .string()
      .regex(/^\+?[0-9 ()./-]{3,32}$/, 'must be a telephone number of at most 32 characters')
      .nullable()
      .optional(),
  })
  .describe('Kept sealed with a key of its own, so that it can be erased for good; null takes a part away')

export const userLimits = z.strictObject({
  concurrentCalls: limit('calls at a time'),
  callsPerMinute: limit('calls begun in a minute'),
})

export const suspendReason = z.enum(SUSPEND_REASONS)

export const thingTarget = z.strictObject({
  kind: z.enum(TARGET_KINDS),
  id: uuid('id of the user, queue, room or menu'),
})
export const dialTarget = z.strictObject({
  kind: z.literal('dial'),
  name: z.string().describe("looked up in the tenant's routes as if it had been dialled"),
})
export const target = z.discriminatedUnion('kind', [thingTarget, dialTarget])
