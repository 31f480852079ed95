import type { Decider } from '../core/decider.js'
import { unknownEvent } from '../core/domain-event.js'
import { refuseWhen, type Fault } from '../core/provisioning-error.js'
import { ALL_TENANTS } from '../reservation/reservation-key.js'
import { validateId, validateInteger, validateOneOf } from '../validation/bounds.js'
import { validateDomain } from '../validation/host.js'
import { validateCaller } from '../validation/telephone.js'
import type { BlockedCallerCommand, BlockedCallerKey } from './blocked-caller.commands.js'
import { BLOCK_REASONS, blockedCallerEvent, CALLER_MATCHES, type BlockedCallerEvent } from './blocked-caller.events.js'

export type BlockedCallerState =
  | { readonly kind: 'open' }
  | {
      readonly kind: 'blocked'
      readonly reason: (typeof BLOCK_REASONS)[number]
      readonly expiresAt: number | null
    }

/**
 * One caller (or beginning of callers) in one tenant, or in all. Each is an aggregate of its own, so that a list of
 * a hundred thousand costs no more a command than a list of one.
 */
export const blockedCallerDecider: Decider<BlockedCallerState, BlockedCallerCommand, BlockedCallerEvent> = {
  initialState: () => ({ kind: 'open' }),

  decide(command, state) {
    refuseWhen('INVALID', validateBlockedCaller(command))
    const { tenant, match, value } = command
    const of = { tenant, match, value }
    switch (command.type) {
      case 'BlockCaller': {
        const { reason, expiresAt } = command
        if (state.kind === 'blocked' && state.reason === reason && state.expiresAt === expiresAt) return []
        return [blockedCallerEvent('blocked_caller.blocked', { ...of, reason, expiresAt })]
      }
      case 'UnblockCaller':
        if (state.kind === 'open') return []
        return [blockedCallerEvent('blocked_caller.unblocked', { ...of, because: 'command' })]
      case 'ExpireBlockedCaller':
        if (state.kind === 'open' || state.expiresAt === null || state.expiresAt > command.at) return []
        return [blockedCallerEvent('blocked_caller.unblocked', { ...of, because: 'expired' })]
    }
  },

  evolve(_state, event) {
    switch (event.type) {
      case 'blocked_caller.blocked':
        return { kind: 'blocked', reason: event.data.reason, expiresAt: event.data.expiresAt }
      case 'blocked_caller.unblocked':
        return { kind: 'open' }
      default:
        return unknownEvent(event)
    }
  },
}

/** Faults of the command by itself, whatever the state. */
export function validateBlockedCaller(command: BlockedCallerCommand): Fault[] {
  const faults = [
    ...validateId('commandId', command.commandId),
    ...(command.tenant === ALL_TENANTS ? [] : validateDomain('tenant', command.tenant)),
    ...validateOneOf('match', command.match, CALLER_MATCHES),
    ...validateCaller('value', command.value),
  ]
  switch (command.type) {
    case 'BlockCaller': {
      const { reason, expiresAt, at } = command
      const max = Number.MAX_SAFE_INTEGER
      return [
        ...faults,
        ...validateOneOf('reason', reason, BLOCK_REASONS),
        ...validateInteger('at', at, { min: 0, max }),
        ...(expiresAt === null ? [] : validateInteger('expiresAt', expiresAt, { min: 0, max })),
        ...(expiresAt !== null && expiresAt <= at ? [{ field: 'expiresAt', rule: 'must be in the future' }] : []),
      ]
    }
    case 'UnblockCaller':
    case 'ExpireBlockedCaller':
      return faults
  }
}

/** Whether a caller is meant. `exact` compares without regard to case, as Kamailio's tables do. */
export function isBlockedBy({ match, value }: Pick<BlockedCallerKey, 'match' | 'value'>, caller: string): boolean {
  const [name, blocked] = [caller.toLowerCase(), value.toLowerCase()]
  return match === 'exact' ? name === blocked : name.startsWith(blocked)
}
