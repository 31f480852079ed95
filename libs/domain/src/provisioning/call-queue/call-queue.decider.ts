import { birthOf, sameData } from '../core/birth.js'
import type { Decider } from '../core/decider.js'
import { unknownEvent } from '../core/domain-event.js'
import { given } from '../core/given.js'
import { ProvisioningError, refuse, refuseWhen, refuseWhenUsed } from '../core/provisioning-error.js'
import { unknownTarget, unknownThing, type KnownThing, type Target } from '../core/target.js'
import type { CallQueueCommand, CreateCallQueue, PutQueueAgent } from './call-queue.commands.js'
import { callQueueEvent, type CallQueueEvent, type QueueAgent, type QueueSettings } from './call-queue.events.js'
import { AGENTS_MAX, validateCallQueue } from './validate-call-queue.js'

export interface CallQueue {
  readonly id: string
  readonly tenant: string
  readonly number: string
  readonly settings: QueueSettings
  readonly agents: readonly QueueAgent[]
  readonly claimId: string
  readonly birth: string
}

export type CallQueueState =
  { readonly kind: 'absent' } | { readonly kind: 'active'; readonly queue: CallQueue } | { readonly kind: 'removed' }

/** A queue that callers wait in, and the agents who serve it, tier by tier. */
export const callQueueDecider: Decider<CallQueueState, CallQueueCommand, CallQueueEvent> = {
  initialState: () => ({ kind: 'absent' }),

  decide(command, state) {
    refuseWhen('INVALID', validateCallQueue(command))
    switch (state.kind) {
      case 'absent':
        if (command.type !== 'CreateCallQueue') throw new ProvisioningError('NOT_FOUND')
        checkOverflow(command.settings.overflow, command.known)
        return [created(command)]
      case 'removed':
        if (command.type === 'RemoveCallQueue') return []
        throw new ProvisioningError('REMOVED')
      case 'active':
        return decideActive(command, state.queue)
    }
  },

  evolve(state, event) {
    if (event.type === 'call_queue.created') {
      const { id, tenant, number, settings, claimId } = event.data
      return {
        kind: 'active',
        queue: { id, tenant, number, settings, agents: [], claimId, birth: birthOf(event.data) },
      }
    }
    if (state.kind !== 'active') return state
    const { queue } = state
    switch (event.type) {
      case 'call_queue.updated':
        return { kind: 'active', queue: { ...queue, settings: event.data.settings } }
      case 'call_queue.agent_added':
      case 'call_queue.agent_changed': {
        const { agent } = event.data
        return { kind: 'active', queue: { ...queue, agents: [...others(queue, agent.userId), agent] } }
      }
      case 'call_queue.agent_removed':
        return { kind: 'active', queue: { ...queue, agents: others(queue, event.data.userId) } }
      case 'call_queue.removed':
        return { kind: 'removed' }
      default:
        return unknownEvent(event)
    }
  },
}

function decideActive(command: CallQueueCommand, queue: CallQueue): CallQueueEvent[] {
  const of = { id: queue.id, tenant: queue.tenant, number: queue.number }
  switch (command.type) {
    case 'CreateCallQueue':
      if (birthOf(created(command).data) === queue.birth) return []
      throw new ProvisioningError('ALREADY_EXISTS')
    case 'UpdateCallQueue': {
      const settings = { ...queue.settings, ...given(command.settings) }
      if (sameData(settings, queue.settings)) return []
      if (!sameData(settings.overflow, queue.settings.overflow)) checkOverflow(settings.overflow, command.known)
      return [callQueueEvent('call_queue.updated', { ...of, settings })]
    }
    case 'PutQueueAgent':
      return putAgent(command, queue)
    case 'RemoveQueueAgent': {
      const { userId } = command
      if (!queue.agents.some((agent) => agent.userId === userId)) return []
      return [callQueueEvent('call_queue.agent_removed', { ...of, userId })]
    }
    case 'RemoveCallQueue':
      refuseWhenUsed(command.usedBy)
      return [callQueueEvent('call_queue.removed', { ...of, claimId: queue.claimId })]
  }
}

function created({ id, tenant, number, settings, commandId }: CreateCallQueue) {
  return callQueueEvent('call_queue.created', { id, tenant, number, settings, claimId: commandId })
}

function checkOverflow(overflow: Target | null, known: readonly KnownThing[]): void {
  if (overflow !== null) refuseWhen('UNKNOWN_REFERENCE', unknownTarget('settings.overflow', overflow, known))
}

function putAgent({ agent, known }: PutQueueAgent, { id, tenant, number, agents }: CallQueue): CallQueueEvent[] {
  const stands = agents.find(({ userId }) => userId === agent.userId)
  if (sameData(stands, agent)) return []
  if (stands !== undefined) return [callQueueEvent('call_queue.agent_changed', { id, tenant, number, agent })]
  if (agents.length >= AGENTS_MAX) refuse('INVALID', 'agent', `must not be more than the ${AGENTS_MAX}th`)
  refuseWhen('UNKNOWN_REFERENCE', unknownThing('agent.userId', { kind: 'user', id: agent.userId }, known))
  return [callQueueEvent('call_queue.agent_added', { id, tenant, number, agent })]
}

function others({ agents }: CallQueue, userId: string): QueueAgent[] {
  return agents.filter((agent) => agent.userId !== userId)
}
