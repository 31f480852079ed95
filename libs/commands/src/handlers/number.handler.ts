import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs'
import { numberDecider, provisioningStream, type NumberCommand, type NumberState } from '@trunkline/domain'
import { inputOf, type Call, type Outcome } from '../core/call.js'
import type { Prepared } from '../core/aggregate-runner.js'
import { requiredTenant } from '../core/tenant.js'
import * as declared from '../declarations/numbers.js'
import { AggregateHandler, newThingId } from './aggregate.handler.js'
import { NumberCall } from './calls.js'

@CommandHandler(NumberCall)
export class NumberHandler extends AggregateHandler implements ICommandHandler<NumberCall, Outcome> {
  execute({ call }: NumberCall): Promise<Outcome> {
    const id = call.name === 'addNumber' ? newThingId(call) : inputOf(declared.releaseNumber, call).id
    return this.run(call, id, {
      stream: provisioningStream.number(id),
      decider: numberDecider,
      prepare: (state) => this.#prepare(call, id, state),
    })
  }

  async #prepare(call: Call, id: string, state: NumberState): Promise<Prepared<NumberCommand>> {
    const address = { id, commandId: call.commandId }
    switch (call.name) {
      case 'addNumber': {
        const { number } = inputOf(declared.addNumber, call)
        return { command: { type: 'AddNumber', ...address, tenant: requiredTenant(call.tenant), number } }
      }
      case 'assignNumber': {
        const { target } = inputOf(declared.assignNumber, call)
        const tenant = 'number' in state ? state.number.tenant : ''
        const known = target.kind === 'dial' ? [] : await this.evidence.known(tenant, [target])
        return { command: { type: 'AssignNumber', ...address, target, known } }
      }
      case 'releaseNumber':
        return { command: { type: 'ReleaseNumber', ...address } }
      case 'removeNumber':
        return { command: { type: 'RemoveNumber', ...address } }
      default:
        throw new TypeError(`no command of numbers: ${call.name}`)
    }
  }
}
