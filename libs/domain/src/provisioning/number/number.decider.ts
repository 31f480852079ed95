import { birthOf, sameData } from '../core/birth.js'
import type { Decider } from '../core/decider.js'
import { unknownEvent } from '../core/domain-event.js'
import { ProvisioningError, refuse, refuseWhen, type Fault } from '../core/provisioning-error.js'
import { unknownTarget, validateTarget, type Target } from '../core/target.js'
import { validateId } from '../validation/bounds.js'
import { validateDomain } from '../validation/host.js'
import { validateE164 } from '../validation/telephone.js'
import type { AddNumber, AssignNumber, NumberCommand } from './number.commands.js'
import { numberEvent, type NumberEvent } from './number.events.js'

export interface PhoneNumber {
  readonly id: string
  readonly tenant: string
  readonly number: string
  readonly claimId: string
  readonly birth: string
}

export type NumberState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unassigned'; readonly number: PhoneNumber }
  | { readonly kind: 'assigned'; readonly number: PhoneNumber; readonly target: Target }
  | { readonly kind: 'removed' }

type Living = Extract<NumberState, { readonly kind: 'unassigned' | 'assigned' }>

/** A telephone number of a tenant. It has one target at most, so no number is ever on two users. */
export const numberDecider: Decider<NumberState, NumberCommand, NumberEvent> = {
  initialState: () => ({ kind: 'absent' }),

  decide(command, state) {
    refuseWhen('INVALID', validateNumber(command))
    switch (state.kind) {
      case 'absent':
        if (command.type === 'AddNumber') return [added(command)]
        throw new ProvisioningError('NOT_FOUND')
      case 'removed':
        if (command.type === 'RemoveNumber') return []
        throw new ProvisioningError('REMOVED')
      case 'assigned':
      case 'unassigned':
        return decideLiving(command, state)
    }
  },

  evolve(state, event) {
    if (event.type === 'number.added') {
      const { id, tenant, number, claimId } = event.data
      return { kind: 'unassigned', number: { id, tenant, number, claimId, birth: birthOf(event.data) } }
    }
    if (state.kind === 'absent' || state.kind === 'removed') return state
    const { number } = state
    switch (event.type) {
      case 'number.assigned':
        return { kind: 'assigned', number, target: event.data.target }
      case 'number.released':
        return { kind: 'unassigned', number }
      case 'number.removed':
        return { kind: 'removed' }
      default:
        return unknownEvent(event)
    }
  },
}

/** Faults of the command by itself, whatever the state. */
export function validateNumber(command: NumberCommand): Fault[] {
  const faults = [...validateId('id', command.id), ...validateId('commandId', command.commandId)]
  switch (command.type) {
    case 'AddNumber':
      return [...faults, ...validateDomain('tenant', command.tenant), ...validateE164('number', command.number)]
    case 'AssignNumber':
      return [...faults, ...validateTarget('target', command.target)]
    case 'ReleaseNumber':
    case 'RemoveNumber':
      return faults
  }
}

function decideLiving(command: NumberCommand, state: Living): NumberEvent[] {
  const { id, tenant, number, claimId, birth } = state.number
  const of = { id, tenant, number }
  switch (command.type) {
    case 'AddNumber':
      if (birthOf(added(command).data) === birth) return []
      throw new ProvisioningError('ALREADY_EXISTS')
    case 'AssignNumber':
      return assign(command, state)
    case 'ReleaseNumber':
      if (state.kind === 'unassigned') return []
      return [numberEvent('number.released', { ...of, formerTarget: state.target })]
    case 'RemoveNumber':
      if (state.kind === 'assigned') refuse('IN_USE', 'id', 'must be released before it is removed')
      return [numberEvent('number.removed', { ...of, claimId })]
  }
}

function added({ id, tenant, number, commandId }: AddNumber) {
  return numberEvent('number.added', { id, tenant, number, claimId: commandId })
}

function assign({ target, known }: AssignNumber, state: Living): NumberEvent[] {
  const { id, tenant, number } = state.number
  if (state.kind === 'assigned') {
    if (sameData(state.target, target)) return []
    refuse('IN_USE', 'target', 'must not replace another target: release the number first')
  }
  refuseWhen('UNKNOWN_REFERENCE', unknownTarget('target', target, known))
  return [numberEvent('number.assigned', { id, tenant, number, target })]
}
