import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs'
import {
  blockedCallerDecider,
  provisioningStream,
  refuse,
  reservedValue,
  type BlockedCallerCommand,
} from '@trunkline/domain'
import { inputOf, type Call, type Outcome } from '../core/call.js'
import { requiredTenant } from '../core/tenant.js'
import * as declared from '../declarations/callers.js'
import { AggregateHandler } from './aggregate.handler.js'
import { BlockedCallerCall } from './calls.js'

const CALLER = /^[A-Za-z0-9+][A-Za-z0-9_.+-]{0,63}$/

@CommandHandler(BlockedCallerCall)
export class BlockedCallerHandler extends AggregateHandler implements ICommandHandler<BlockedCallerCall, Outcome> {
  async execute({ call }: BlockedCallerCall): Promise<Outcome> {
    const { match, value } = inputOf(declared.unblockCaller, call)
    // it becomes the name of a stream, so it is looked at first
    if (!CALLER.test(value)) refuse('INVALID', 'value', 'must be a number or a SIP name of at most 64 characters')
    const key = { tenant: requiredTenant(call.tenant), match, value: reservedValue(value) }
    const stream = provisioningStream.blockedCaller(key)
    const outcome = await this.run(call, stream.slice(stream.indexOf('-') + 1), {
      stream,
      decider: blockedCallerDecider,
      prepare: () => ({ command: this.#command(call, key) }),
    })
    return { ...outcome, tenant: key.tenant }
  }

  #command(call: Call, key: Pick<BlockedCallerCommand, 'tenant' | 'match' | 'value'>): BlockedCallerCommand {
    if (call.name === 'unblockCaller') return { type: 'UnblockCaller', ...key, commandId: call.commandId }
    const { reason = 'operator', expiresAt } = inputOf(declared.blockCaller, call)
    return {
      type: 'BlockCaller',
      ...key,
      commandId: call.commandId,
      reason,
      expiresAt: expiresAt == null ? null : Date.parse(expiresAt) * 1000,
      at: this.deps.clock() * 1000,
    }
  }
}
