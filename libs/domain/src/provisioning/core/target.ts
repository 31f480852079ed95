import * as s from '../../schema/schema.js'
import { validateDialled } from '../validation/sip-name.js'
import { validateId } from '../validation/bounds.js'
import type { Fault } from './provisioning-error.js'

export const TARGET_KINDS = ['user', 'queue', 'room', 'menu'] as const

/** Where a call can be sent: to a thing of the tenant, or to what a dialled name leads to by the tenant's routes. */
export const targetSchema = s.named(
  'Target',
  s.either(
    s.object({ kind: s.oneOf(TARGET_KINDS), id: s.string('id of the user, queue, room or menu') }),
    s.object({ kind: s.oneOf(['dial']), name: s.string("looked up in the tenant's routes as if it had been dialled") }),
  ),
)
export type Target = s.Static<typeof targetSchema>

/** A thing of the tenant that the caller has seen to be there: the evidence that a command brings along. */
export interface KnownThing {
  readonly kind: (typeof TARGET_KINDS)[number]
  readonly id: string
}

export function validateTarget(field: string, target: Target): Fault[] {
  switch (target.kind) {
    case 'dial':
      return validateDialled(`${field}.name`, target.name)
    case 'user':
    case 'queue':
    case 'room':
    case 'menu':
      return validateId(`${field}.id`, target.id)
    default:
      return [{ field: `${field}.kind`, rule: `must be one of ${TARGET_KINDS.join(', ')}, dial` }]
  }
}

/** Faults of the code UNKNOWN_REFERENCE. A dialled name is looked up when a call comes, so it is never unknown. */
export function unknownTarget(field: string, target: Target, known: readonly KnownThing[]): Fault[] {
  return target.kind === 'dial' ? [] : unknownThing(`${field}.id`, target, known)
}

/** The same for a thing whose id stands in the field itself. */
export function unknownThing(field: string, thing: KnownThing, known: readonly KnownThing[]): Fault[] {
  if (known.some(({ kind, id }) => kind === thing.kind && id === thing.id)) return []
  return [{ field, rule: `must be the id of a ${thing.kind} of this tenant` }]
}
