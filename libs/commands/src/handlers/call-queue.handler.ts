import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs'
import {
  callQueueDecider,
  provisioningStream,
  type CallQueueCommand,
  type CallQueueState,
  type KnownThing,
  type QueueSettings,
  type Target,
} from '@trunkline/domain'
import { inputOf, type Call, type Outcome } from '../core/call.js'
import type { Prepared } from '../core/aggregate-runner.js'
import { definite } from '../core/definite.js'
import { requiredTenant } from '../core/tenant.js'
import * as declared from '../declarations/call-queues.js'
import { AggregateHandler, newThingId } from './aggregate.handler.js'
import { CallQueueCall } from './calls.js'

const DEFAULT_SETTINGS: Omit<QueueSettings, 'name'> = {
  strategy: 'longest-idle-agent',
  music: 'moh',
  recording: false,
  maxWaitSeconds: 600,
  maxWaitWithNoAgentSeconds: 60,
  ringSeconds: 20,
  wrapUpSeconds: 10,
  tierWaitSeconds: 30,
  abandonedResumeSeconds: null,
  overflow: null,
}

@CommandHandler(CallQueueCall)
export class CallQueueHandler extends AggregateHandler implements ICommandHandler<CallQueueCall, Outcome> {
  execute({ call }: CallQueueCall): Promise<Outcome> {
    const id = call.name === 'createCallQueue' ? newThingId(call) : inputOf(declared.removeCallQueue, call).id
    return this.run(call, id, {
      stream: provisioningStream.callQueue(id),
      decider: callQueueDecider,
      prepare: (state) => this.#prepare(call, id, state),
    })
  }

  async #prepare(call: Call, id: string, state: CallQueueState): Promise<Prepared<CallQueueCommand>> {
    const address = { id, commandId: call.commandId }
    const queue = state.kind === 'active' ? state.queue : undefined
    const itsTenant = queue?.tenant ?? ''
    switch (call.name) {
      case 'createCallQueue': {
        const { number, settings } = inputOf(declared.createCallQueue, call)
        const tenant = requiredTenant(call.tenant)
        const known = await this.#target(tenant, settings.overflow)
        const whole = { ...DEFAULT_SETTINGS, ...definite(settings) }
        return { command: { type: 'CreateCallQueue', ...address, tenant, number, settings: whole, known } }
      }
      case 'updateCallQueue': {
        const { settings } = inputOf(declared.updateCallQueue, call)
        const known = await this.#target(itsTenant, settings.overflow)
        return { command: { type: 'UpdateCallQueue', ...address, settings: definite(settings), known } }
      }
      case 'putQueueAgent': {
        const { userId, tier = 1, position = 1 } = inputOf(declared.putQueueAgent, call)
        const known = await this.evidence.known(itsTenant, [{ kind: 'user', id: userId }])
        return { command: { type: 'PutQueueAgent', ...address, agent: { userId, tier, position }, known } }
      }
      case 'removeQueueAgent': {
        const { userId } = inputOf(declared.removeQueueAgent, call)
        return { command: { type: 'RemoveQueueAgent', ...address, userId } }
      }
      case 'removeCallQueue': {
        const usedBy = queue === undefined ? [] : await this.evidence.usedBy('call_queue', id)
        return { command: { type: 'RemoveCallQueue', ...address, usedBy } }
      }
      default:
        throw new TypeError(`no command of queues: ${call.name}`)
    }
  }

  async #target(tenant: string, target: Target | null | undefined): Promise<KnownThing[]> {
    return target == null || target.kind === 'dial' ? [] : this.evidence.known(tenant, [target])
  }
}
